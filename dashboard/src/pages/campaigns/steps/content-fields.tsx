import { Button, Stack } from "@mantine/core";
import type { Content, DraftStep, Problem } from "./model.ts";
import { errorAt } from "./model.ts";
import { TemplateInput, type Variables } from "./template-input.tsx";
import { t } from "./texts.ts";

interface Props {
  step: Pick<DraftStep, "channel" | "action">;
  content: Content;
  onChange: (change: Partial<Content>) => void;
  problems: readonly Problem[];
  /** Of the problems' fields: "" or "variants.0.". */
  prefix: string;
  variables: Variables;
  readOnly: boolean;
}

/** The texts of a message, or of one of its variants. */
export function ContentFields({ step, content, onChange, problems, prefix, variables, readOnly }: Props) {
  const email = step.channel === "email" && step.action === "message";
  const common = { variables, readOnly };
  const errorOf = (part: string) => errorAt(problems, prefix + part);
  return (
    <Stack gap="sm">
      {email && (
        <TemplateInput
          {...common}
          label={t.subject}
          description={t.subjectHint}
          single
          value={content.subject}
          error={errorOf("subject")}
          onChange={(subject) => onChange({ subject })}
        />
      )}
      <TemplateInput
        {...common}
        label={step.action === "connect" ? t.note : t.text}
        {...(step.action === "connect" && { description: t.noteHint })}
        value={content.text}
        error={errorOf("text")}
        onChange={(text) => onChange({ text })}
      />
      {email && content.html !== null && (
        <TemplateInput
          {...common}
          label={t.html}
          description={t.htmlHint}
          mono
          value={content.html}
          error={errorOf("html")}
          onChange={(html) => onChange({ html })}
        />
      )}
      {email && !readOnly && (
        <div>
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => onChange({ html: content.html === null ? "<p></p>" : null })}
          >
            {content.html === null ? t.addHtml : t.removeHtml}
          </Button>
        </div>
      )}
    </Stack>
  );
}
