import { Anchor, Text } from "@mantine/core";
import type { Output } from "../../api/client.ts";
import { HtmlFrame } from "../../ui/html-frame.tsx";
import classes from "./message-look.module.css";
import { systemTexts as s } from "./system-texts.ts";

type Look = NonNullable<Output<"POST /v1/destinations/preview">["look"]>;

/** A message as people see it in the chat or the mail program. What a lead wrote is text. */
export function MessageLook({ kind, look, body }: { kind: string; look: Look; body: unknown }) {
  const { subject, html } = body as { subject?: unknown; html?: unknown };
  if (kind === "email" && typeof html === "string") {
    return (
      <section aria-label={s.look} className={classes.mail}>
        <p className={classes.subject}>{String(subject)}</p>
        <HtmlFrame title={s.look} html={html} height={320} />
      </section>
    );
  }
  return (
    <section aria-label={s.look} className={classes.chat} data-kind={kind}>
      <span className={classes.avatar} aria-hidden>
        H
      </span>
      <div className={classes.message}>
        <p className={classes.who}>
          Herald <span className={classes.app}>{s.app}</span>
        </p>
        <p className={classes.title}>
          {look.icon}{" "}
          {look.link ? (
            <Anchor href={look.link} target="_blank" rel="noreferrer" inherit underline="always">
              {look.title}
            </Anchor>
          ) : (
            look.title
          )}
        </p>
        {look.quote && <blockquote className={classes.quote}>{look.quote}</blockquote>}
        {look.facts.length > 0 && (
          <Text size="xs" c="dimmed">
            {look.facts.join("  ·  ")}
          </Text>
        )}
      </div>
    </section>
  );
}
