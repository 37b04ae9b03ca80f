import { Anchor, Badge, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { HtmlFrame } from "../../ui/html-frame.tsx";
import { Time } from "../../ui/time.tsx";
import classes from "./inbox.module.css";
import { t } from "./texts.ts";

type Message = Item<"GET /v1/conversations/{id}/messages">;

const bad = new Set<Message["status"]>(["failed", "blocked", "uncertain"]);

export function MessageBubble({ message }: { message: Message }) {
  const { direction, source, subject, text, visibleText, html, status, statusDetail, automatic, attachments } = message;
  const [whole, setWhole] = useState(false);
  const [asHtml, setAsHtml] = useState(false);
  const quotes = visibleText !== null && visibleText !== text;
  return (
    <li className={classes.message} data-direction={direction}>
      {subject && (
        <Text size="xs" fw={600} mb={2}>
          {subject}
        </Text>
      )}
      {asHtml && html ? (
        <HtmlFrame title={t.htmlTitle} html={html} />
      ) : (
        <div className={classes.bubble}>{quotes && !whole ? visibleText : text}</div>
      )}
      {attachments && attachments.length > 0 && (
        <Group gap={8} mt={4}>
          {attachments.map(({ url, contentType }, n) =>
            /^https:/.test(url) ? (
              <Anchor key={url} href={url} target="_blank" rel="noopener noreferrer" size="xs" title={t.attachmentHint}>
                {t.attachment(n + 1)} {contentType && `(${contentType})`}
              </Anchor>
            ) : null,
          )}
        </Group>
      )}
      <Group gap={6} mt={3} justify={direction === "outbound" ? "flex-end" : "flex-start"}>
        {automatic && (
          <Badge color="gray" size="sm" styles={badge}>
            {t.automatic}
          </Badge>
        )}
        {quotes && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => setWhole(!whole)}
            aria-expanded={whole}
          >
            {whole ? t.hideQuoted : t.quoted}
          </Button>
        )}
        {html && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => setAsHtml(!asHtml)}
            aria-pressed={asHtml}
          >
            {asHtml ? t.hideHtml : t.html}
          </Button>
        )}
        {direction === "outbound" && (
          <Text size="xs" c={bad.has(status) ? "red" : "dimmed"}>
            {t.sources[source]} · {stateOf(message)}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <Time at={message.sentAt ?? message.createdAt} />
        </Text>
      </Group>
      {statusDetail && bad.has(status) && (
        <Text size="xs" c="red">
          {statusDetail}
        </Text>
      )}
    </li>
  );
}

const badge = { root: { textTransform: "none" as const, fontWeight: 500 } };

function stateOf({ status, deliveredAt, readAt }: Message): string {
  if (status !== "sent") return t.statuses[status];
  return readAt ? t.read : deliveredAt ? t.delivered : t.statuses.sent;
}
