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
import type { Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { eventTypes } from "../../text/event-types.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import type { Created } from "./create-page.tsx";
import { createTexts as c, t } from "./texts.ts";
import { WebhookAdvanced } from "./webhook-advanced.tsx";
import { bodyOf, initialWebhook, type WebhookValues } from "./webhook-values.ts";

const options = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([value, label]) => ({ value, label }));

export function WebhookForm({ onDone }: { onDone: (created: Created) => void }) {
  const form = useApiForm<WebhookValues>({ initialValues: initialWebhook });
  const [open, setOpen] = useState(false);
  const create = useChange("POST /v1/destinations", {
    onDone,
    onError: (error) => {
      form.refuse(error);
      // What was refused may stand there.
      if (error.details.some(({ field }) => !["url", "name", "format", "eventTypes"].includes(field))) setOpen(true);
    },
  });
  const { format } = form.values;
  return (
    <form
      onSubmit={form.onSubmit((values) =>
        create.mutate({ body: bodyOf(values) as Input<"POST /v1/destinations">["body"] }),
      )}
    >
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
        <MultiSelect
          label={t.events}
          description={c.eventsHint}
          data={eventTypes}
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
          <Group gap={4}>
            {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
            {c.advanced}
          </Group>
        </UnstyledButton>
        <Collapse expanded={open}>{open && <WebhookAdvanced form={form} />}</Collapse>
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {c.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
