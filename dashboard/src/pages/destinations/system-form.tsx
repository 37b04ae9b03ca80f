import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  SimpleGrid,
  Skeleton,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { client, HeraldApiError, type Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useSignedIn } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { type EventType, eventTypes } from "../../text/event-types.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { mayReplace } from "../../ui/overtaken.ts";
import { ErrorState } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { AccessFields } from "./access-fields.tsx";
import type { Created } from "./create-page.tsx";
import { CrmFields } from "./crm-fields.tsx";
import type { Destination } from "./destination-looks.tsx";
import { fieldNames } from "./field-names.ts";
import { FilterPreview } from "./filter-preview.tsx";
import { NotifyFields } from "./notify-fields.tsx";
import { Rules } from "./rules.tsx";
import { systemTexts as s } from "./system-texts.ts";
import {
  atTemplateRows,
  configOf,
  initialSystem,
  isCrm,
  type KindFacts,
  type SystemKind,
  type SystemValues,
  systemBodyOf,
  systemChangeOf,
  systemFieldsOf,
  systemValuesOf,
} from "./system-values.ts";
import { createTexts as c, t } from "./texts.ts";
import { shownBy } from "./webhook-form.tsx";

interface Props {
  kind: SystemKind;
  /** Whose settings are changed. Default: a new one is made. */
  destination?: Destination;
  onCreated?: (created: Created, access: SystemValues["access"]) => void;
  onChanged?: () => void;
}

/** A CRM, a chat or mails: how Herald is let in, and what is told. */
export function SystemForm(props: Props) {
  const { data, error, refetch } = useApi("GET /v1/destination-kinds");
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} />;
  return <Form {...props} facts={data.data.find(({ kind }) => kind === props.kind)} />;
}

function Form({ kind, destination, onCreated, onChanged, facts }: Props & { facts: KindFacts | undefined }) {
  const { workspace } = useSignedIn();
  const crm = isCrm(kind);
  // As it was when the form was opened: what somebody else changes meanwhile isn't changed back.
  const [before] = useState(() =>
    withRows(
      destination ? systemValuesOf(destination, workspace.timeZone) : initialSystem(t.kinds[kind], workspace.timeZone),
      facts,
    ),
  );
  const form = useApiForm<SystemValues>({ initialValues: before });
  const unsaved = useUnsaved(form.isDirty(), { within: shownBy });
  const refuse = (error: unknown) =>
    form.refuse(error instanceof HeraldApiError ? atTemplateRows(error, form.getValues()) : error);
  const create = useChange("POST /v1/destinations", {
    onDone: (created) => onCreated?.(created, form.getValues().access),
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
  const { values } = form;
  const types: readonly EventType[] = crm ? (facts?.eventTypes ?? []) : eventTypes;
  const submit = async (given: SystemValues) => {
    if (destination) {
      const [params, mine] = [{ id: destination.id }, systemChangeOf(kind, given, before)];
      const read = await client.request("GET /v1/destinations/{id}", { params }).catch(() => null);
      const theirs = read && withRows(systemValuesOf(read, workspace.timeZone), facts);
      const [was, now] = [systemFieldsOf(kind, before), theirs && systemFieldsOf(kind, theirs)];
      if (await mayReplace({ mine, before: was, now, names: fieldNames })) change.mutate({ params, body: mine });
      return;
    }
    create.mutate({ body: systemBodyOf(kind, given) as Input<"POST /v1/destinations">["body"] });
  };
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        <FormFailure form={form} />
        <TextInput label={t.name} required maxLength={100} {...form.getInputProps("name")} />
        <AccessFields form={form} kind={kind} facts={facts} kept={destination?.hasCredentials ?? false} />
        <MultiSelect
          label={crm ? s.logged : s.told}
          description={crm ? s.loggedHint : s.toldHint}
          data={[...types, ...values.eventTypes.filter((type) => !(types as readonly string[]).includes(type))]}
          searchable
          clearable
          {...form.getInputProps("eventTypes")}
        />
        {crm ? <CrmFields form={form} kind={kind} facts={facts} /> : <NotifyFields form={form} kind={kind} />}
        <Rules form={form} />
        <Textarea
          label={t.filter}
          description={c.filterHint}
          placeholder={'data.channel = "linkedin"'}
          autosize
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.75rem" } }}
          {...form.getInputProps("filter")}
        />
        {crm && (
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
            <NumberInput
              label={c.requests}
              placeholder={t.noLimit}
              min={1}
              {...form.getInputProps("rateLimit.requests")}
            />
            <NumberInput label={c.perSeconds} min={1} {...form.getInputProps("rateLimit.perSeconds")} />
          </SimpleGrid>
        )}
        <FilterPreview
          values={{
            ...{ kind, config: configOf(kind, values), filter: values.filter.trim(), eventTypes: values.eventTypes },
            ...{ channels: values.channels, campaigns: values.campaigns, tags: values.tags },
            statuses: values.statuses,
          }}
          types={types}
          onRefused={refuse}
        />
        <Group justify="flex-end" gap="xs">
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

/** A row for each type that has a text there: what isn't written is as Herald writes it by itself. */
function withRows(values: SystemValues, facts: KindFacts | undefined): SystemValues {
  const own = new Map(values.config.templates.map((template) => [template.type, template]));
  const types = new Set([...Object.keys(facts?.templates ?? {}), ...own.keys()]);
  const templates = [...types].map((type) => own.get(type) ?? { type, subject: "", body: "", fields: [] });
  return { ...values, config: { ...values.config, templates } };
}
