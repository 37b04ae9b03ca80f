import { Checkbox, NumberInput, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { UseApiForm } from "../../ui/form.ts";
import { FieldRows } from "./field-rows.tsx";
import { systemTexts as s } from "./system-texts.ts";
import type { KindFacts, SystemKind, SystemValues } from "./system-values.ts";
import { createTexts as c } from "./texts.ts";

interface Props {
  form: UseApiForm<SystemValues>;
  kind: SystemKind;
  facts: KindFacts | undefined;
}

const mono = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } };

/** On whom, in whose name and in which words events are logged. */
export function CrmFields({ form, kind, facts }: Props) {
  const { config } = form.values;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "start" }}>
        <TextInput
          label={s.owner}
          description={s.ownerHints[kind as "hubspot"]}
          {...form.getInputProps("config.ownerId")}
        />
        {kind === "hubspot" && (
          <TextInput
            label={s.linkedinProperty}
            placeholder="hs_linkedin_url"
            {...form.getInputProps("config.linkedinProperty")}
          />
        )}
        {kind === "salesforce" && (
          <TextInput
            label={s.linkedinField}
            placeholder="LinkedIn__c"
            {...form.getInputProps("config.linkedinField")}
          />
        )}
        {kind === "close" && (
          <TextInput
            label={s.localPhone}
            description={s.localPhoneHint}
            placeholder="+15551234567"
            {...form.getInputProps("config.localPhone")}
          />
        )}
        <NumberInput
          label={s.callsPerSecond}
          placeholder={s.callsDefault[kind as "hubspot"]}
          min={0.1}
          {...form.getInputProps("config.callsPerSecond")}
        />
      </SimpleGrid>
      <Checkbox label={c.createPeople} {...form.getInputProps("config.createPeople", { type: "checkbox" })} />
      {config.createPeople && (
        <FieldRows
          form={form}
          path="config.personFields"
          rows={config.personFields}
          label={s.personFields}
          hint={s.personFieldsHint}
        />
      )}
      <Stack gap={6}>
        <Text size="sm" fw={500}>
          {s.texts}
        </Text>
        <Text size="xs" c="dimmed">
          {s.textsHint}
        </Text>
        {config.templates.map(({ type, subject, body, fields }, row) => (
          <details
            key={type}
            open={[...Object.keys(form.errors)].some((at) => at.startsWith(`config.templates.${row}.`)) || undefined}
          >
            <summary style={{ cursor: "pointer", fontSize: "0.8125rem" }}>
              {type}
              {(subject !== "" || body !== "" || fields.length > 0) && ` · ${s.ownText}`}
            </summary>
            <Stack gap="xs" p="xs">
              <TextInput
                label={s.subject}
                placeholder={facts?.templates?.[type]?.subject}
                styles={mono}
                spellCheck={false}
                {...form.getInputProps(`config.templates.${row}.subject`)}
              />
              <Textarea
                label={s.body}
                placeholder={facts?.templates?.[type]?.body}
                autosize
                minRows={2}
                styles={mono}
                spellCheck={false}
                {...form.getInputProps(`config.templates.${row}.body`)}
              />
              {kind !== "close" && (
                <FieldRows
                  form={form}
                  path={`config.templates.${row}.fields`}
                  rows={fields}
                  label={s.typeFields}
                  hint={s.typeFieldsHint}
                />
              )}
            </Stack>
          </details>
        ))}
      </Stack>
      {kind !== "close" && (
        <FieldRows
          form={form}
          path="config.fields"
          rows={config.fields}
          label={s.fields}
          hint={s.fieldsHints[kind as "hubspot"]}
        />
      )}
    </Stack>
  );
}
