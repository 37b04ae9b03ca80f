import { Button, Card, Checkbox, Fieldset, Group, Stack, TextInput, Title } from "@mantine/core";
import { HeraldApiError, type Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { changesOf, useApiForm, useFreshValues } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { LinkedSenders } from "./linked-senders.tsx";
import { MappingInput } from "./mapping-input.tsx";
import type { Source } from "./sources-page.tsx";
import { t } from "./texts.ts";

/** A sender of the other side and the one of Herald's that is the same account. */
export interface SenderLink {
  theirs: string;
  own: string;
}

const valuesOf = ({ name, createLeads, mapping, config }: Source) => ({
  ...{ name, createLeads, mapping: mapping ?? "" },
  headerName: String(config.headerName ?? ""),
  senders: Object.entries((config.senders ?? {}) as Record<string, string>).map(
    ([theirs, own]): SenderLink => ({ theirs, own }),
  ),
});
export type SourceValues = ReturnType<typeof valuesOf>;

function bodyOf(kind: Source["kind"], { name, createLeads, mapping, headerName, senders }: SourceValues) {
  const links = Object.fromEntries(senders.map(({ theirs, own }) => [theirs.trim(), own]));
  return {
    ...{ name, createLeads },
    ...(kind === "generic" && { mapping }),
    ...(kind === "unipile" && { config: { headerName } }),
    ...(kind === "sendpilot" && { config: senders.length > 0 ? { senders: links } : {} }),
  } satisfies Input<"PATCH /v1/sources/{id}">["body"];
}

/** What the API says of settings by their names there, said of the form's fields. */
function ofFields(error: HeraldApiError, { senders }: SourceValues): HeraldApiError {
  const details = error.details.map(({ field, reason }) => {
    const link = senders.findIndex(({ theirs }) => field === `config.senders.${theirs.trim()}`);
    return { reason, field: link < 0 ? field.replace(/^config\./, "") : `senders.${link}.own` };
  });
  const { statusCode, code, requestId } = error;
  return new HeraldApiError(error.message, { statusCode, code, requestId, details });
}

/** What can be said of a source after it was made. */
export function SourceSettings({ source }: { source: Source }) {
  const { id, kind } = source;
  const mayWrite = useRight("sources.write");
  const form = useApiForm({
    initialValues: valuesOf(source),
    validate: {
      senders: {
        theirs: (theirs: string, { senders }) =>
          senders.filter((other) => other.theirs.trim() === theirs.trim()).length > 1 ? t.twice : null,
      },
    },
  });
  useFreshValues(form, valuesOf(source));
  useUnsaved(form.isDirty());
  const save = useChange("PATCH /v1/sources/{id}", {
    onDone: (saved) => {
      form.takeSaved(valuesOf(saved));
      toast(t.settingsSaved);
    },
    onError: (error) => form.refuse(ofFields(error, form.getValues())),
  });
  // Only what was changed: a colleague may have changed something else meanwhile.
  const submit = (values: SourceValues) =>
    save.mutate({
      params: { id },
      body: changesOf(bodyOf(kind, values), bodyOf(kind, form.getInitialValues())),
    });
  return (
    <Card component="section" aria-label={t.settings}>
      <Title order={2} fz="md" mb="sm">
        {t.settings}
      </Title>
      <form onSubmit={form.onSubmit(submit)}>
        <Fieldset variant="unstyled" mx={0} disabled={!mayWrite}>
          <Stack gap="md">
            <FormFailure form={form} />
            <TextInput label={t.name} required maxLength={100} maw={480} {...form.getInputProps("name")} />
            {kind === "unipile" && (
              <TextInput
                label={t.headerName}
                required
                maxLength={100}
                maw={480}
                {...form.getInputProps("headerName")}
              />
            )}
            {kind === "generic" && <MappingInput {...form.getInputProps("mapping")} />}
            <Checkbox label={t.createLeads} {...form.getInputProps("createLeads", { type: "checkbox" })} />
            {kind === "sendpilot" && <LinkedSenders form={form} sourceId={id} readOnly={!mayWrite} />}
            {mayWrite && (
              <Group justify="flex-end">
                <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
                  {common.save}
                </Button>
              </Group>
            )}
          </Stack>
        </Fieldset>
      </form>
    </Card>
  );
}
