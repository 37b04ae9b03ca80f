import {
  Button,
  Collapse,
  Group,
  MultiSelect,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { client, HeraldApiError, type Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { mayReplace } from "../../ui/overtaken.ts";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import type { Created } from "./create-page.tsx";
import type { Destination } from "./destination-looks.tsx";
import { fieldNames } from "./field-names.ts";
import { withPatterns } from "./rules.tsx";
import { createTexts as c, t } from "./texts.ts";
import { WebhookAdvanced } from "./webhook-advanced.tsx";
import { atRows, bodyOf, changeOf, fieldsOf, initialWebhook, valuesOf, type WebhookValues } from "./webhook-values.ts";

const options = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([value, label]) => ({ value, label }));

/** What of the address says that this form, or that of another kind, is shown. */
export const shownBy = ["tab", "edit", "kind"] as const;

interface Props {
  /** Whose settings are changed. Default: a new one is made. */
  destination?: Destination;
  onCreated?: (created: Created) => void;
  onChanged?: () => void;
}

/** Makes a webhook, or changes one. */
export function WebhookForm({ destination: given, onCreated, onChanged }: Props) {
  // As it was when the form was opened: what somebody else changes meanwhile isn't changed back.
  const [destination] = useState(given);
  const form = useApiForm<WebhookValues>({ initialValues: destination ? valuesOf(destination) : initialWebhook });
  const unsaved = useUnsaved(form.isDirty(), { within: shownBy });
  const [open, setOpen] = useState(destination !== undefined);
  const refuse = (error: Parameters<typeof form.refuse>[0]) => {
    form.refuse(error instanceof HeraldApiError ? atRows(error, form.getValues()) : error);
    // What was refused may stand there.
    const shown = ["url", "name", "format", "eventTypes"];
    const said = error instanceof HeraldApiError ? error.details : [];
    if (said.some(({ field }) => !shown.includes(field))) setOpen(true);
  };
  const create = useChange("POST /v1/destinations", {
    onDone: (created) => onCreated?.(created),
    onError: refuse,
  });
  const change = useChange("PATCH /v1/destinations/{id}", {
    outdates: ["destinations", "deliveries"],
    onDone: () => {
      toast(t.saved);
      unsaved.release();
      onChanged?.();
    },
    onError: refuse,
  });
  const { format } = form.values;
  const submit = async (values: WebhookValues) => {
    if (destination) {
      const [params, mine] = [{ id: destination.id }, changeOf(values, destination)];
      const read = await client.request("GET /v1/destinations/{id}", { params }).catch(() => null);
      const [before, now] = [fieldsOf(valuesOf(destination)), read && fieldsOf(valuesOf(read))];
      if (await mayReplace({ mine, before, now, names: fieldNames })) change.mutate({ params, body: mine });
      return;
    }
    create.mutate({ body: bodyOf(values) as Input<"POST /v1/destinations">["body"] });
  };
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        <FormFailure form={form} />
        <TextInput
          required
          type="url"
          label={c.url}
          description={c.urlHint}
          placeholder="https://example.com/hooks/herald"
          {...form.getInputProps("url")}
        />
        <TextInput label={t.name} maxLength={100} {...form.getInputProps("name")} />
        {!destination && (
          <Radio.Group
            label={t.format}
            value={format}
            onChange={(value) => {
              form.setFieldValue("format", value as WebhookValues["format"]);
              if (value !== "herald") form.setFieldValue("signing", "hmac");
            }}
          >
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs" mt={4}>
              {options(t.formats).map(({ value, label }) => (
                <Radio key={value} value={value} label={label} description={c.formatTexts[value as "herald"]} />
              ))}
            </SimpleGrid>
          </Radio.Group>
        )}
        <MultiSelect
          label={t.events}
          description={c.eventsHint}
          data={withPatterns(form.values.eventTypes)}
          searchable
          clearable
          {...form.getInputProps("eventTypes")}
        />
        <Select
          label={t.ordering}
          data={options(t.orderings)}
          allowDeselect={false}
          {...form.getInputProps("ordering")}
        />
        <UnstyledButton aria-expanded={open} onClick={() => setOpen(!open)} fz="sm" fw={500}>
          <Group gap={4} wrap="nowrap">
            {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
            {c.advanced}
          </Group>
        </UnstyledButton>
        <Collapse expanded={open}>
          {open && <WebhookAdvanced form={form} {...(destination && { destination })} />}
        </Collapse>
        <Group justify="flex-end">
          {destination && (
            <Button
              variant="default"
              onClick={() => {
                unsaved.release();
                onChanged?.();
              }}
            >
              {common.cancel}
            </Button>
          )}
          <Button type="submit" loading={create.isPending || change.isPending}>
            {destination ? common.save : c.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
