import { Group, NumberInput, PasswordInput, Select, Text, TextInput } from "@mantine/core";
import type { useApiForm } from "../../ui/form.ts";
import type { SenderValues } from "./sender-values.ts";
import { t } from "./texts.ts";

interface Props {
  form: ReturnType<typeof useApiForm<SenderValues>>;
  /** Secrets are there already: what is left empty stays. */
  kept: boolean;
}

/** What the chosen provider wants to know. */
export function ProviderFields(props: Props) {
  const { form, kept } = props;
  switch (form.values.provider) {
    case "sandbox":
      return (
        <Text size="sm" c="dimmed">
          {t.sandboxText}
        </Text>
      );
    case "twilio":
      return (
        <>
          <TextInput label={t.accountSid} required {...form.getInputProps("config.accountSid")} />
          <TextInput label={t.from} description={t.fromHint} {...form.getInputProps("config.from")} />
          <TextInput label={t.messagingServiceSid} {...form.getInputProps("config.messagingServiceSid")} />
          <Secret {...props} label={t.authToken} field="authToken" required={!kept} />
        </>
      );
    case "unipile":
      return (
        <>
          <TextInput label={t.dsn} description={t.dsnHint} required {...form.getInputProps("config.dsn")} />
          <TextInput
            label={t.accountId}
            description={t.accountIdHint}
            required
            {...form.getInputProps("config.accountId")}
          />
          <Secret {...props} label={t.apiKey} field="apiKey" required={!kept} />
        </>
      );
    case "smtp":
      return (
        <>
          <TextInput label={t.fromMail} type="email" required {...form.getInputProps("config.from")} />
          <TextInput label={t.fromName} {...form.getInputProps("config.fromName")} />
          <Server {...props} at="config" label={t.smtpHost} required />
          <Server {...props} at="config.imap" label={t.imapHost} description={t.imapHint} />
          <TextInput label={t.user} autoComplete="off" {...form.getInputProps("credentials.user")} />
          <Secret {...props} label={t.pass} field="pass" />
        </>
      );
  }
}

interface ServerProps extends Props {
  at: string;
  label: string;
  description?: string;
  required?: boolean;
}

function Server({ form, at, label, description, required = false }: ServerProps) {
  const security = Object.entries(t.securities).map(([value, text]) => ({ value, label: text }));
  return (
    <Group align="flex-end" gap="xs" wrap="wrap">
      <TextInput
        style={{ flex: "1 1 200px" }}
        {...{ label, description, required }}
        {...form.getInputProps(`${at}.host`)}
      />
      <NumberInput w={90} label={t.port} min={1} max={65_535} hideControls {...form.getInputProps(`${at}.port`)} />
      <Select w={120} label={t.security} data={security} {...form.getInputProps(`${at}.security`)} />
    </Group>
  );
}

function Secret({ form, kept, label, field, required }: Props & { label: string; field: string; required?: boolean }) {
  return (
    <PasswordInput
      label={label}
      description={kept ? t.secretKept : t.secretHint}
      autoComplete="new-password"
      required={required}
      {...form.getInputProps(`credentials.${field}`)}
    />
  );
}
