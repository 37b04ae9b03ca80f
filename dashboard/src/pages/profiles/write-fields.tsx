import { Stack, Textarea, TextInput } from "@mantine/core";
import type { ContentForm } from "./looks.tsx";
import { t } from "./texts.ts";

/** What the model is told. */
export function WriteFields({ form }: { form: ContentForm }) {
  const opening = form.values.content.opening;
  return (
    <Stack gap="md">
      <TextInput label={t.about} description={t.aboutText} {...form.getInputProps("content.description")} />
      <Textarea
        label={t.instructions}
        description={t.instructionsText}
        minRows={7}
        maxRows={24}
        {...form.getInputProps("content.instructions")}
      />
      <Textarea
        label={t.objectives}
        description={t.objectivesText}
        minRows={2}
        maxRows={12}
        {...form.getInputProps("content.objectives")}
      />
      <TextInput label={t.tone} description={t.toneText} {...form.getInputProps("content.tone")} />
      <Textarea
        label={t.handOff}
        description={t.handOffText}
        minRows={2}
        maxRows={12}
        {...form.getInputProps("content.handOffRules")}
      />
      <Textarea
        label={t.opening}
        description={t.openingText}
        minRows={2}
        maxRows={10}
        {...form.getInputProps("content.opening.template")}
        value={opening.template ?? ""}
        onChange={({ currentTarget: { value } }) => form.setFieldValue("content.opening.template", value || null)}
      />
      <TextInput
        label={t.openingSubject}
        {...form.getInputProps("content.opening.subject")}
        value={opening.subject ?? ""}
        onChange={({ currentTarget: { value } }) => form.setFieldValue("content.opening.subject", value || null)}
      />
    </Stack>
  );
}
