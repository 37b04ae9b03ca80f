import {
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import type { UseApiForm } from "../../ui/form.ts";
import { systemTexts as s } from "./system-texts.ts";
import type { SystemKind, SystemValues } from "./system-values.ts";
import { createTexts as c } from "./texts.ts";

interface Props {
  form: UseApiForm<SystemValues>;
  kind: SystemKind;
}

const options = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([value, label]) => ({ value, label }));
const zones = Intl.supportedValuesOf("timeZone");

/** When a chat or people are told. */
export function NotifyFields({ form, kind }: Props) {
  const { mode, when, timeZone } = form.values.config;
  return (
    <Stack gap="md">
      {kind === "email" && <Recipients form={form} kind={kind} />}
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md" style={{ alignItems: "start" }}>
        <Select label={c.mode} data={options(c.modes)} allowDeselect={false} {...form.getInputProps("config.mode")} />
        {mode === "digest" && (
          <>
            <Select
              label={s.digest}
              data={options(s.digests)}
              allowDeselect={false}
              {...form.getInputProps("config.when")}
            />
            {when === "daily" ? (
              <TextInput type="time" required label={s.dailyAt} {...form.getInputProps("config.dailyAt")} />
            ) : (
              <NumberInput
                required
                label={c.everyMinutes}
                min={1}
                max={1_440}
                {...form.getInputProps("config.everyMinutes")}
              />
            )}
          </>
        )}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md" style={{ alignItems: "start" }}>
        <TextInput type="time" label={c.quietFrom} {...form.getInputProps("config.quietHours.from")} />
        <TextInput type="time" label={c.quietTo} {...form.getInputProps("config.quietHours.to")} />
        <MultiSelect label={s.quietDays} data={options(s.days)} clearable {...form.getInputProps("config.quietDays")} />
        <Select
          label={s.timeZone}
          searchable
          limit={80}
          allowDeselect={false}
          data={zones.includes(timeZone) ? zones : [timeZone, ...zones]}
          {...form.getInputProps("config.timeZone")}
        />
      </SimpleGrid>
      <TextInput
        label={s.link}
        description={s.linkHint}
        placeholder="https://crm.example.com/people/{externalLeadId}"
        {...form.getInputProps("config.linkTemplate")}
      />
    </Stack>
  );
}

/** Members by role, or whomever one chooses. */
function Recipients({ form }: Props) {
  const members = useApi("GET /v1/members");
  const senders = useApi("GET /v1/senders", { query: { channel: "email", limit: 100 } });
  const own = (senders.data?.data ?? []).filter(({ provider }) => provider === "smtp");
  const addresses = (members.data?.data ?? []).map(({ email }) => email);
  return (
    <Stack gap="md">
      <Checkbox.Group label={s.roles} description={s.rolesHint} {...form.getInputProps("config.roles")}>
        <Group gap="md" mt={4}>
          {(["owner", "admin", "member", "viewer"] as const).map((role) => (
            <Checkbox key={role} value={role} label={common.roles[role]} />
          ))}
        </Group>
      </Checkbox.Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "start" }}>
        <TagsInput
          label={c.to}
          description={s.toHint}
          placeholder="ops@example.com"
          data={addresses}
          {...form.getInputProps("config.to")}
        />
        <Select
          label={s.sender}
          description={s.senderHint}
          placeholder={s.senderDefault}
          clearable
          data={own.map(({ id, name, address }) => ({ value: id, label: `${name} (${address})` }))}
          {...form.getInputProps("config.senderId")}
          value={form.values.config.senderId || null}
          onChange={(value) => form.setFieldValue("config.senderId", value ?? "")}
        />
      </SimpleGrid>
    </Stack>
  );
}
