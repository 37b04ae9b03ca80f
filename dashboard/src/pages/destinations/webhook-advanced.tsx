import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { common } from "../../text/common.ts";
import type { useApiForm } from "../../ui/form.ts";
import { FilterPreview } from "./filter-preview.tsx";
import { createTexts as c, t } from "./texts.ts";
import type { WebhookValues } from "./webhook-values.ts";

export type WebhookFormState = ReturnType<typeof useApiForm<WebhookValues>>;

const options = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([value, label]) => ({ value, label }));
const mono = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } };

/** What most destinations don't need. */
export function WebhookAdvanced({ form }: { form: WebhookFormState }) {
  const { values } = form;
  const herald = values.format === "herald";
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "start" }}>
        <Textarea
          label={t.filter}
          description={c.filterHint}
          placeholder={'data.channel = "linkedin"'}
          styles={mono}
          spellCheck={false}
          {...form.getInputProps("filter")}
        />
        <Textarea
          label={t.transform}
          description={c.transformHint}
          placeholder={'{ "text": data.content.text }'}
          styles={mono}
          spellCheck={false}
          {...form.getInputProps("transform")}
        />
      </SimpleGrid>
      <FilterPreview values={values} />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <MultiSelect label={t.channels} data={options(t.channelNames)} clearable {...form.getInputProps("channels")} />
        <TagsInput label={t.tags} {...form.getInputProps("tags")} />
        <Select
          label={t.signing}
          data={options(t.signings)}
          allowDeselect={false}
          disabled={!herald}
          {...form.getInputProps("signing")}
        />
        <TextInput
          label={t.retries}
          description={c.retriesHint}
          placeholder="5, 30, 120, 900"
          {...form.getInputProps("retrySchedule")}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <NumberInput label={c.requests} placeholder={t.noLimit} min={1} {...form.getInputProps("rateLimit.requests")} />
        <NumberInput label={c.perSeconds} min={1} {...form.getInputProps("rateLimit.perSeconds")} />
        <NumberInput
          label={t.concurrency}
          placeholder="1024"
          min={1}
          max={1024}
          {...form.getInputProps("maxConcurrency")}
        />
      </SimpleGrid>
      <Headers form={form} />
      <Auth form={form} />
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <Textarea label={c.certificate} styles={mono} {...form.getInputProps("tls.clientCertificate")} />
        <Textarea label={c.key} styles={mono} {...form.getInputProps("tls.clientKey")} />
        <Textarea label={c.ca} styles={mono} {...form.getInputProps("tls.ca")} />
      </SimpleGrid>
      <Checkbox label={c.thin} disabled={!herald} {...form.getInputProps("thin", { type: "checkbox" })} />
      <Checkbox label={c.history} {...form.getInputProps("history", { type: "checkbox" })} />
    </Stack>
  );
}

function Headers({ form }: { form: WebhookFormState }) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        {t.headers}
      </Text>
      <Text size="xs" c="dimmed">
        {c.headersHint}
      </Text>
      {form.values.headers.map((_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; the form's fields are named so.
        <Group key={index} gap="xs" wrap="nowrap">
          <TextInput flex={1} aria-label={c.headerName} {...form.getInputProps(`headers.${index}.name`)} />
          <TextInput flex={2} aria-label={c.headerValue} {...form.getInputProps(`headers.${index}.value`)} />
          <ActionIcon aria-label={common.remove} onClick={() => form.removeListItem("headers", index)}>
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => form.insertListItem("headers", { name: "", value: "" })}
        >
          {c.addHeader}
        </Button>
      </Group>
    </Stack>
  );
}

function Auth({ form }: { form: WebhookFormState }) {
  const { type } = form.values.auth;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <Select label={t.auth} data={options(t.auths)} allowDeselect={false} {...form.getInputProps("auth.type")} />
      {type === "basic" && (
        <>
          <TextInput label={c.username} {...form.getInputProps("auth.username")} />
          <PasswordInput label={c.password} autoComplete="off" {...form.getInputProps("auth.password")} />
        </>
      )}
      {type === "bearer" && <PasswordInput label={c.token} autoComplete="off" {...form.getInputProps("auth.token")} />}
      {type === "oauth2" && (
        <>
          <TextInput label={c.tokenUrl} {...form.getInputProps("auth.tokenUrl")} />
          <TextInput label={c.clientId} {...form.getInputProps("auth.clientId")} />
          <PasswordInput label={c.clientSecret} autoComplete="off" {...form.getInputProps("auth.clientSecret")} />
          <TextInput label={c.scope} {...form.getInputProps("auth.scope")} />
        </>
      )}
    </SimpleGrid>
  );
}
