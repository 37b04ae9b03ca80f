import { Textarea, type TextareaProps } from "@mantine/core";
import { t } from "./texts.ts";

/** The JSONata expression by which a generic source's bodies are understood. */
export function MappingInput(props: TextareaProps) {
  return (
    <Textarea
      required
      autosize
      minRows={3}
      maxRows={16}
      label={t.mapping}
      description={t.mappingHint}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } }}
      {...props}
    />
  );
}
