import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { common } from "../../text/common.ts";
import type { useApiForm } from "../../ui/form.ts";
import type { Destination } from "./destination-looks.tsx";
import { FilterPreview } from "./filter-preview.tsx";
import { Rules } from "./rules.tsx";
import { createTexts as c, t } from "./texts.ts";
import type { WebhookValues } from "./webhook-values.ts";

export type WebhookFormState = ReturnType<typeof useApiForm<WebhookValues>>;

const options = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([value, label]) => ({ value, label }));
const mono = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } };

/** What most destinations don't need. */
export function WebhookAdvanced({ form, destination }: { form: WebhookFormState; destination?: Destination }) {
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
      <FilterPreview values={values} onRefused={form.refuse} />
      <Rules form={form} />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {!destination && (
          <Select
            label={t.signing}
            data={options(t.signings)}
            allowDeselect={false}
            disabled={!herald}
            {...form.getInputProps("signing")}
          />
        )}
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
          placeholder="2048"
          min={1}
          max={1024}
          {...form.getInputProps("maxConcurrency")}
        />
      </SimpleGrid>
      <Headers form={form} />
      <Auth form={form} kept={destination?.auth?.type ?? null} />
      {destination?.tls && (
        <Text size="xs" c="dimmed">
          {c.tlsKept}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <Textarea label={c.certificate} styles={mono} {...form.getInputProps("tls.clientCertificate")} />
        <Textarea label={c.key} styles={mono} {...form.getInputProps("tls.clientKey")} />
        <Textarea label={c.ca} styles={mono} {...form.getInputProps("tls.ca")} />
      </SimpleGrid>
      {destination?.tls && <Checkbox label={c.removeTls} {...form.getInputProps("removeTls", { type: "checkbox" })} />}
      <Checkbox label={c.thin} disabled={!herald} {...form.getInputProps("thin", { type: "checkbox" })} />
      {!destination && <Checkbox label={c.history} {...form.getInputProps("history", { type: "checkbox" })} />}
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
          <TextInput
            flex={2}
            aria-label={c.headerValue}
            placeholder={form.values.headers[index]?.kept ? c.asItIs : undefined}
            {...form.getInputProps(`headers.${index}.value`)}
          />
          <ActionIcon aria-label={common.remove} onClick={() => form.removeListItem("headers", index)}>
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => form.insertListItem("headers", { name: "", value: "", kept: false })}
        >
          {c.addHeader}
        </Button>
      </Group>
    </Stack>
  );
}

/** `kept`: of which kind there are credentials that stay while nothing is written. */
function Auth({ form, kept }: { form: WebhookFormState; kept: string | null }) {
  const { type } = form.values.auth;
  const secret = { autoComplete: "new-password", placeholder: kept === type ? c.asItIs : undefined };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <Select
        label={t.auth}
        data={options(t.auths)}
        allowDeselect={false}
        error={form.errors.auth}
        {...form.getInputProps("auth.type")}
      />
      {type === "basic" && (
        <>
          <TextInput label={c.username} autoComplete="off" {...form.getInputProps("auth.username")} />
          <PasswordInput label={c.password} {...secret} {...form.getInputProps("auth.password")} />
        </>
      )}
      {type === "bearer" && <PasswordInput label={c.token} {...secret} {...form.getInputProps("auth.token")} />}
      {type === "oauth2" && (
        <>
          <TextInput label={c.tokenUrl} {...form.getInputProps("auth.tokenUrl")} />
          <TextInput label={c.clientId} autoComplete="off" {...form.getInputProps("auth.clientId")} />
          <PasswordInput label={c.clientSecret} {...secret} {...form.getInputProps("auth.clientSecret")} />
          <TextInput label={c.scope} {...form.getInputProps("auth.scope")} />
          <TextInput label={c.audience} {...form.getInputProps("auth.audience")} />
          <Select
            label={c.authMethod}
            data={options(c.authMethods)}
            allowDeselect={false}
            {...form.getInputProps("auth.authMethod")}
          />
        </>
      )}
    </SimpleGrid>
  );
}
