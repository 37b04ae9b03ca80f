import { Button, Card, Group, SimpleGrid, Stack, TagsInput, TextInput, Title } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { useApiForm, useFreshValues } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import type { Lead } from "./lead-looks.tsx";
import { t } from "./texts.ts";

const fields = [
  ["firstName", t.firstName],
  ["lastName", t.lastName],
  ["company", t.company],
  ["title", t.jobTitle],
  ["email", t.email],
  ["phone", t.phone],
  ["linkedinUrl", t.linkedinUrl],
  ["timeZone", t.timeZone],
  ["externalLeadId", t.externalLeadId],
  ["profile", t.profile],
] as const;

type FieldName = (typeof fields)[number][0];
type Values = Record<FieldName, string> & { tags: string[]; custom: Record<string, string> };

const valuesOf = (lead: Lead): Values => ({
  ...(Object.fromEntries(fields.map(([name]) => [name, lead[name] ?? ""])) as Record<FieldName, string>),
  tags: [...lead.tags],
  custom: { ...lead.custom },
});

/** All fields of a lead, to be read and changed. Only what changed is sent: others may change the rest meanwhile. */
export function LeadDetails({ lead }: { lead: Lead }) {
  const mayWrite = useRight("leads.write");
  const form = useApiForm<Values>({ initialValues: valuesOf(lead) });
  const change = useChange("PATCH /v1/leads/{id}", {
    outdates: ["leads", "campaigns"],
    onDone: (after) => {
      form.takeSaved(valuesOf(after));
      toast(t.saved);
    },
    onError: form.refuse,
  });
  useFreshValues(form, valuesOf(lead));
  useUnsaved(form.isDirty());
  const submit = (values: Values) => {
    // As they were when the form took them: against the lead of now, what a colleague has changed would look changed here.
    const before = form.getInitialValues();
    const body: Record<string, unknown> = {};
    for (const [name] of fields) {
      if (values[name] !== before[name]) body[name] = values[name].trim() || null;
    }
    if (values.tags.join("\n") !== before.tags.join("\n")) body.tags = values.tags;
    const custom = Object.entries(values.custom).filter(([key, value]) => value !== before.custom[key]);
    if (custom.length > 0) body.custom = Object.fromEntries(custom.map(([key, value]) => [key, value || null]));
    change.mutate({ params: { id: lead.id }, body: body as never });
  };
  return (
    <Card component="section" aria-label={t.details}>
      <Title order={2} mb="sm">
        {t.details}
      </Title>
      <form onSubmit={form.onSubmit(submit)}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
            {fields.map(([name, label]) => (
              <TextInput key={name} label={label} readOnly={!mayWrite} {...form.getInputProps(name)} />
            ))}
          </SimpleGrid>
          <TagsInput label={t.tags} readOnly={!mayWrite} {...form.getInputProps("tags")} />
          {Object.keys(lead.custom).length > 0 && (
            <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
              <Title order={3} component="legend" mb={6}>
                {t.custom}
              </Title>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
                {Object.keys(lead.custom).map((key) => (
                  <TextInput
                    key={key}
                    label={key}
                    readOnly={!mayWrite}
                    value={form.values.custom[key] ?? ""}
                    onChange={({ currentTarget }) =>
                      form.setFieldValue("custom", { ...form.values.custom, [key]: currentTarget.value })
                    }
                  />
                ))}
              </SimpleGrid>
            </fieldset>
          )}
          {mayWrite && (
            <Group justify="flex-end">
              <Button variant="default" disabled={!form.isDirty()} onClick={() => form.reset()}>
                {common.undo}
              </Button>
              <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
                {common.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}
