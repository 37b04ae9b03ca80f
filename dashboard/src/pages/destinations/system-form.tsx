import {
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
  TextInput,
} from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { useSignedIn } from "../../api/session.ts";
import { eventTypes } from "../../text/event-types.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import type { Created } from "./create-page.tsx";
import type { Kind } from "./destination-looks.tsx";
import { FilterPreview } from "./filter-preview.tsx";
import { createTexts as c, t } from "./texts.ts";
import { filled } from "./webhook-values.ts";

const modes = Object.entries(c.modes).map(([value, label]) => ({ value, label }));

/** A CRM, a chat or mails: how Herald is let in, and what is told. */
export function SystemForm({ kind, onDone }: { kind: Exclude<Kind, "webhook">; onDone: (created: Created) => void }) {
  const { workspace } = useSignedIn();
  const crm = kind === "hubspot" || kind === "salesforce" || kind === "close";
  const form = useApiForm({
    initialValues: {
      name: t.kinds[kind] as string,
      credentials: { url: "", token: "", apiKey: "", clientId: "", clientSecret: "" },
      eventTypes: [] as string[],
      config: {
        ...{ domain: "", createPeople: false, to: [] as string[] },
        ...{ mode: "at_once", everyMinutes: 60 as number | "", timeZone: workspace.timeZone },
        quietHours: { from: "", to: "" },
      },
    },
  });
  const create = useChange("POST /v1/destinations", { onDone, onError: form.refuse });
  const config = configOf(kind, crm, form.values.config);
  return (
    <form
      onSubmit={form.onSubmit(({ name, credentials, eventTypes: types }) => {
        const given = filled(credentials);
        create.mutate({
          body: {
            ...{ kind, name, config },
            ...(Object.keys(given).length > 0 && { credentials: given }),
            ...(types.length > 0 && { eventTypes: types }),
          },
        });
      })}
    >
      <Stack gap="md">
        <FormFailure form={form} />
        <TextInput label={t.name} required maxLength={100} {...form.getInputProps("name")} />
        {kind === "hubspot" && (
          <PasswordInput
            required
            label={c.accessToken}
            description={c.accessTokenHint}
            autoComplete="off"
            {...form.getInputProps("credentials.token")}
          />
        )}
        {kind === "close" && (
          <PasswordInput label={c.apiKey} autoComplete="off" required {...form.getInputProps("credentials.apiKey")} />
        )}
        {kind === "salesforce" && (
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
            <TextInput
              required
              label={c.domain}
              placeholder="acme.my.salesforce.com"
              {...form.getInputProps("config.domain")}
            />
            <TextInput required label={c.clientId} {...form.getInputProps("credentials.clientId")} />
            <PasswordInput
              required
              label={c.clientSecret}
              autoComplete="off"
              {...form.getInputProps("credentials.clientSecret")}
            />
          </SimpleGrid>
        )}
        {(kind === "slack" || kind === "teams" || kind === "discord") && (
          <PasswordInput
            required
            label={c.systemUrl}
            description={c.systemUrlHints[kind]}
            autoComplete="off"
            {...form.getInputProps("credentials.url")}
          />
        )}
        {kind === "email" && (
          <TagsInput required label={c.to} placeholder="ops@example.com" {...form.getInputProps("config.to")} />
        )}
        <MultiSelect label={t.events} data={eventTypes} searchable clearable {...form.getInputProps("eventTypes")} />
        {crm ? (
          <Checkbox label={c.createPeople} {...form.getInputProps("config.createPeople", { type: "checkbox" })} />
        ) : (
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            <Select label={c.mode} data={modes} allowDeselect={false} {...form.getInputProps("config.mode")} />
            {form.values.config.mode === "digest" && (
              <NumberInput label={c.everyMinutes} min={1} {...form.getInputProps("config.everyMinutes")} />
            )}
            {form.values.config.mode !== "digest" && <span />}
            <TextInput
              label={c.quietFrom}
              description={c.quietHint}
              placeholder="22:00"
              {...form.getInputProps("config.quietHours.from")}
            />
            <TextInput
              label={c.quietTo}
              description={form.values.config.timeZone}
              placeholder="07:00"
              {...form.getInputProps("config.quietHours.to")}
            />
          </SimpleGrid>
        )}
        <FilterPreview values={{ kind, config }} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {c.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ConfigValues {
  domain: string;
  createPeople: boolean;
  to: string[];
  mode: string;
  everyMinutes: number | "";
  timeZone: string;
  quietHours: { from: string; to: string };
}

/** Only what belongs to the kind: the API refuses the rest. */
function configOf(kind: Kind, crm: boolean, values: ConfigValues): Record<string, unknown> {
  const { domain, createPeople, to, mode, everyMinutes, timeZone, quietHours } = values;
  if (crm) return { ...(createPeople && { createPeople }), ...(kind === "salesforce" && { domain }) };
  const quiet = quietHours.from !== "" || quietHours.to !== "";
  return {
    ...(kind === "email" && { to }),
    ...(mode === "digest" && { mode, everyMinutes }),
    ...(quiet && { quietHours, timeZone }),
  };
}
