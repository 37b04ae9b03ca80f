import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Paper,
  Radio,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { type ReactNode, useId } from "react";
import { client } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { windowTexts } from "../../../text/windows.ts";
import { changesOf, useApiForm, useFreshValues } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { TextLink } from "../../../ui/link.tsx";
import { mayReplace } from "../../../ui/overtaken.ts";
import { toast } from "../../../ui/toast.tsx";
import { WindowsEditor } from "../../../ui/windows-editor.tsx";
import type { Campaign } from "../status.ts";
import { useGuardUnsaved } from "../unsaved.ts";
import { changeOf, settingsOf } from "./model.ts";
import { t } from "./texts.ts";

const fieldNames: Readonly<Record<string, string>> = {
  ...{ name: t.name, timeZone: t.timeZone, senderIds: t.senders, rotation: t.rotation, senderWeights: t.rotation },
  ...{ onSenderPaused: t.onSenderPaused, schedule: t.windows, limits: t.limits, maxLateness: t.maxLateness },
  ...{ stopTags: t.stopTags, stopCompany: t.stopCompany, allowParallel: t.allowParallel, tracking: t.trackOpens },
};
const zones = Intl.supportedValuesOf("timeZone");

/** When a campaign sends, through whom, how much, and what stops it. */
export default function SettingsTab({ campaign }: { campaign: Campaign }) {
  const form = useApiForm({ initialValues: settingsOf(campaign) });
  const readOnly = !useRight("campaigns.write");
  const senders = useApi("GET /v1/senders", { query: { limit: 100 } });
  const save = useChange("PATCH /v1/campaigns/{id}", {
    outdates: ["campaigns", "leads"],
    onDone: (answer) => {
      if ("steps" in answer) form.takeSaved(settingsOf(answer as Campaign));
      toast(t.saved);
    },
    onError: form.refuse,
  });
  useFreshValues(form, settingsOf(campaign));
  useGuardUnsaved(campaign.id, form.isDirty(), t.leaveText);
  const { values } = form;
  const all = senders.data?.data ?? [];
  const nameOf = (id: string) => all.find((sender) => sender.id === id)?.name ?? id;
  const field = <F extends Parameters<typeof form.getInputProps>[0]>(path: F, type?: "checkbox") => ({
    ...form.getInputProps(path, type ? { type } : {}),
    ...(type ? { disabled: readOnly } : { readOnly }),
  });
  return (
    <form
      onSubmit={form.onSubmit(async (settings) => {
        // Only what was changed: a colleague may have changed something else meanwhile.
        const before = changeOf(form.getInitialValues());
        const body = changesOf(changeOf(settings), before);
        const params = { id: campaign.id };
        const now = await client.request("GET /v1/campaigns/{id}", { params }).catch(() => null);
        const fields = { mine: body, before: { ...before }, now: now && { ...changeOf(settingsOf(now)) } };
        if (await mayReplace({ ...fields, names: fieldNames })) save.mutate({ params, body });
      })}
    >
      <Stack gap="lg" maw={760}>
        {readOnly && (
          <Text size="sm" c="dimmed">
            {t.readOnly}
          </Text>
        )}
        <FormFailure form={form} />
        <Part title={t.general}>
          <TextInput label={t.name} maxLength={200} {...field("name")} />
          <Select
            label={t.timeZone}
            description={t.timeZoneHint}
            searchable
            clearable
            clearButtonProps={{ "aria-label": t.timeZoneHint }}
            data={zones}
            limit={60}
            {...field("timeZone")}
          />
        </Part>
        <Part title={t.senders} text={t.sendersHint}>
          <MultiSelect
            aria-label={t.senders}
            searchable
            placeholder={values.senderIds.length === 0 ? t.senders : ""}
            nothingFoundMessage={
              <>
                {t.noSenders}. <TextLink to="/senders">{t.setUpSenders}</TextLink>
              </>
            }
            data={[
              ...all.map(({ id, name, channel }) => ({ value: id, label: `${name} · ${t.channels[channel]}` })),
              // Until their names are there, and where there are more senders than a list has.
              ...values.senderIds
                .filter((id) => !all.some((sender) => sender.id === id))
                .map((id) => ({ value: id, label: senders.isPending ? "…" : id })),
            ]}
            {...field("senderIds")}
          />
          <Group grow align="flex-start">
            <Select
              label={t.rotation}
              allowDeselect={false}
              data={Object.entries(t.rotations).map(([value, label]) => ({ value, label }))}
              {...field("rotation")}
            />
            <Select
              label={t.onSenderPaused}
              allowDeselect={false}
              data={Object.entries(t.onSenderPausedOptions).map(([value, label]) => ({ value, label }))}
              {...field("onSenderPaused")}
            />
          </Group>
          {values.rotation === "weighted" &&
            values.senderIds.map((id) => (
              <NumberInput
                key={id}
                size="xs"
                maw={260}
                label={t.weight(nameOf(id))}
                min={0}
                max={100}
                readOnly={readOnly}
                error={form.errors.senderWeights}
                value={values.senderWeights[id] ?? 1}
                onChange={(weight) =>
                  form.setFieldValue("senderWeights", { ...values.senderWeights, [id]: Number(weight) || 0 })
                }
              />
            ))}
        </Part>
        <Part title={t.windows} text={t.windowsHint}>
          <Radio.Group
            aria-label={t.when}
            value={values.scheduled ? "windows" : "any"}
            onChange={(value) => !readOnly && form.setFieldValue("scheduled", value === "windows")}
          >
            <Group>
              <Radio value="any" label={windowTexts.anyTime} disabled={readOnly && values.scheduled} />
              <Radio value="windows" label={windowTexts.inWindows} disabled={readOnly && !values.scheduled} />
            </Group>
          </Radio.Group>
          {values.scheduled && (
            <WindowsEditor
              schedule={values.schedule}
              onChange={(schedule) => form.setFieldValue("schedule", schedule)}
              errors={form.errors}
              readOnly={readOnly}
            />
          )}
        </Part>
        <Part title={t.limits}>
          <Group grow align="flex-start">
            <NumberInput
              label={t.messagesPerDay}
              placeholder={t.noLimit}
              min={1}
              max={1_000_000}
              clampBehavior="none"
              allowDecimal={false}
              {...field("limits.messagesPerDay")}
            />
            <NumberInput
              label={t.newLeadsPerDay}
              placeholder={t.noLimit}
              min={1}
              max={1_000_000}
              clampBehavior="none"
              allowDecimal={false}
              {...field("limits.newLeadsPerDay")}
            />
          </Group>
          <TextInput label={t.maxLateness} description={t.maxLatenessHint} maw={370} {...field("maxLateness")} />
          <TagsInput label={t.stopTags} description={t.stopTagsHint} {...field("stopTags")} />
          <Switch label={t.stopCompany} {...field("stopCompany", "checkbox")} />
          <Switch label={t.allowParallel} {...field("allowParallel", "checkbox")} />
          <Switch label={t.trackOpens} description={t.trackingHint} {...field("tracking.opens", "checkbox")} />
          <Switch label={t.trackClicks} {...field("tracking.clicks", "checkbox")} />
        </Part>
        {!readOnly && (
          <Group justify="flex-end">
            <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
              {t.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function Part({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId();
  return (
    <Paper withBorder p="md" bg="var(--raised)" component="section" aria-labelledby={id}>
      <Title order={2} id={id} mb={text ? 0 : "sm"}>
        {title}
      </Title>
      {text && (
        <Text size="xs" c="dimmed" mb="sm">
          {text}
        </Text>
      )}
      <Stack gap="sm">{children}</Stack>
    </Paper>
  );
}
