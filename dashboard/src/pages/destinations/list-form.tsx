import {
  ActionIcon,
  Button,
  Card,
  Group,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { HeraldApiError, type Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import type { Destination } from "./destination-looks.tsx";
import { listTexts as l } from "./list-texts.ts";
import { shownBy } from "./webhook-form.tsx";

/** Which list, into what, and how often. */
export function ListForm({ destination, onClose }: { destination: Destination; onClose: () => void }) {
  const kinds = l.lists[destination.kind as keyof typeof l.lists] as Readonly<Record<string, string>>;
  const mayStart = useRight("campaigns.start");
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } });
  const form = useApiForm({
    initialValues: {
      which: Object.keys(kinds)[0]!,
      list: { listId: "", soql: "", reportId: "", smartViewId: "" } as Record<string, string>,
      ...{ tags: [] as string[], campaignId: "", defaultCountry: "", everyMinutes: "" },
      fields: [] as { name: string; from: string }[],
    },
  });
  const { which, fields } = form.values;
  const unsaved = useUnsaved(form.isDirty(), { within: shownBy });
  const create = useChange("POST /v1/imports/crm", {
    outdates: ["imports", "leads"],
    onDone: () => {
      unsaved.release();
      toast(l.started);
      onClose();
    },
    onError: (error) => {
      if (error instanceof HeraldApiError) {
        for (const detail of error.details as readonly { field: string }[]) {
          const row = fields.findIndex(({ name }) => detail.field === `fields.${name.trim()}`);
          if (row >= 0) detail.field = `fields.${row}.name`;
          // A list that is none at all is said of the whole of it.
          if (detail.field === "list") detail.field = `list.${which}`;
        }
      }
      form.refuse(error);
    },
  });
  const submit = (values: typeof form.values) => {
    const own = values.fields.filter(({ name }) => name.trim() !== "");
    create.mutate({
      body: {
        destinationId: destination.id,
        list: { [which]: values.list[which]!.trim() },
        ...(values.tags.length > 0 && { tags: values.tags }),
        ...(values.campaignId && { campaignId: values.campaignId }),
        ...(values.defaultCountry.trim() && { defaultCountry: values.defaultCountry.trim().toUpperCase() }),
        ...(values.everyMinutes && { everyMinutes: Number(values.everyMinutes) }),
        ...(own.length > 0 && {
          fields: Object.fromEntries(own.map(({ name, from }) => [name.trim(), from.trim() || null])),
        }),
      } as Input<"POST /v1/imports/crm">["body"],
    });
  };
  const path = `list.${which}`;
  const about = {
    ...{ required: true, label: kinds[which], description: l.hints[which as keyof typeof l.hints] },
    ...form.getInputProps(path),
  };
  return (
    <Card component="section" aria-label={l.add}>
      <form onSubmit={form.onSubmit(submit)}>
        <Stack gap="md">
          <FormFailure form={form} />
          {Object.keys(kinds).length > 1 && (
            <Select
              label={l.which}
              w={{ base: "100%", sm: 240 }}
              allowDeselect={false}
              data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
              {...form.getInputProps("which")}
            />
          )}
          {which === "soql" ? (
            <Textarea key={path} autosize minRows={2} {...about} />
          ) : (
            <TextInput key={path} {...about} />
          )}
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "start" }}>
            <TagsInput label={l.tags} {...form.getInputProps("tags")} />
            <Select
              label={l.campaign}
              description={mayStart ? undefined : common.noRight}
              disabled={!mayStart}
              clearable
              searchable
              data={(campaigns.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps("campaignId")}
              value={form.values.campaignId || null}
              onChange={(value) => form.setFieldValue("campaignId", value ?? "")}
            />
            <TextInput label={l.country} placeholder="US" maxLength={2} {...form.getInputProps("defaultCountry")} />
            <Select
              label={l.every}
              allowDeselect={false}
              data={Object.entries(l.everys).map(([value, label]) => ({ value, label }))}
              {...form.getInputProps("everyMinutes")}
            />
          </SimpleGrid>
          <Stack gap={6} role="group" aria-label={l.fields}>
            <Text size="sm" fw={500}>
              {l.fields}
            </Text>
            <Text size="xs" c="dimmed">
              {l.fieldsHint}
            </Text>
            {fields.map((_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; the form's fields are named so.
              <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
                <TextInput
                  flex={1}
                  miw={0}
                  aria-label={l.leadField}
                  placeholder={l.leadField}
                  {...form.getInputProps(`fields.${index}.name`)}
                />
                <TextInput
                  flex={1}
                  miw={0}
                  aria-label={l.crmField}
                  placeholder={l.crmField}
                  {...form.getInputProps(`fields.${index}.from`)}
                />
                <ActionIcon mt={4} aria-label={common.remove} onClick={() => form.removeListItem("fields", index)}>
                  <IconTrash size={14} />
                </ActionIcon>
              </Group>
            ))}
            <Group>
              <Button
                variant="default"
                size="compact-sm"
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() => form.insertListItem("fields", { name: "", from: "" })}
              >
                {l.addField}
              </Button>
            </Group>
          </Stack>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {l.start}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
