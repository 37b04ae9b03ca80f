import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  Input,
  NumberInput,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { client, type Output } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { changesOf, useApiForm, useFreshValues } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { mayReplace } from "../../../ui/overtaken.ts";
import { Panel } from "../../../ui/panel.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

type Workspace = Output<"GET /v1/workspace">;

const channels = ["linkedin", "email", "sms"] as const;
const fieldNames: Readonly<Record<string, string>> = {
  ...{ name: t.name, timeZone: t.timeZone, smsHours: t.sms, messagesPerDay: t.perDay, minTouchGapSeconds: t.gap },
  ...{ absencePauseDays: t.absence, optOutWords: t.words, linkedChannels: t.linked },
};
const zones = Intl.supportedValuesOf("timeZone");

const valuesOf = ({ smsHours, linkedChannels, ...workspace }: Workspace) => ({
  name: workspace.name,
  timeZone: workspace.timeZone,
  smsHours: { from: smsHours.from, to: smsHours.to },
  messagesPerDay: (workspace.messagesPerDay ?? "") as number | string,
  touchGapHours: (workspace.minTouchGapSeconds / 3_600) as number | string,
  absencePauseDays: workspace.absencePauseDays as number | string,
  optOutWords: [...workspace.optOutWords],
  linkedChannels: {
    linkedin: [...(linkedChannels.linkedin ?? [])],
    sms: [...(linkedChannels.sms ?? [])],
    email: [...(linkedChannels.email ?? [])],
  },
  reason: "",
});
type Values = ReturnType<typeof valuesOf>;

/** Beyond 08:00 to 21:00: the API wants a reason then. Times are HH:MM, so texts compare as they do. */
const isWider = ({ from, to }: Values["smsHours"]) => from < "08:00" || to > "21:00";

const bodyOf = (values: Values) => ({
  name: values.name,
  timeZone: values.timeZone,
  smsHours: values.smsHours,
  messagesPerDay: values.messagesPerDay === "" ? null : Number(values.messagesPerDay),
  minTouchGapSeconds: Math.round(Number(values.touchGapHours) * 3_600),
  absencePauseDays: Number(values.absencePauseDays),
  optOutWords: values.optOutWords,
  linkedChannels: values.linkedChannels,
});

export function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const mayWrite = useRight("workspace.write");
  const form = useApiForm({ initialValues: valuesOf(workspace) });
  const save = useChange("PATCH /v1/workspace", {
    outdates: ["workspace", "workspaces", "session", "analytics"],
    onDone: (changed) => {
      form.takeSaved(valuesOf(changed));
      toast(t.saved);
    },
    onError: form.refuse,
  });
  useFreshValues(form, valuesOf(workspace));
  useUnsaved(form.isDirty());
  const { smsHours } = form.values;
  const submit = async (values: Values) => {
    // Only what was changed: a colleague may have changed something else meanwhile.
    const before = bodyOf(form.getInitialValues());
    const changed = changesOf(bodyOf(values), before);
    const now = await client.request("GET /v1/workspace").catch(() => null);
    if (!(await mayReplace({ mine: changed, before, now: now && bodyOf(valuesOf(now)), names: fieldNames }))) return;
    const wider = "smsHours" in changed && isWider(values.smsHours);
    save.mutate({ body: { ...changed, ...(wider && { override: true, reason: values.reason.trim() }) } });
  };
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        <FormFailure form={form} />
        {!mayWrite && <Alert color="gray">{common.noRight}</Alert>}
        <Fieldset variant="unstyled" disabled={!mayWrite}>
          <Stack gap="md">
            <Panel title={t.general}>
              <Stack gap="sm" maw={480}>
                <TextInput label={t.name} required {...form.getInputProps("name")} />
                <Select
                  label={t.timeZone}
                  description={t.timeZoneHint}
                  searchable
                  limit={80}
                  allowDeselect={false}
                  data={zones.includes(workspace.timeZone) ? zones : [workspace.timeZone, ...zones]}
                  {...form.getInputProps("timeZone")}
                />
              </Stack>
            </Panel>
            <Panel title={t.limits}>
              <Stack gap="sm" maw={480}>
                <NumberInput
                  label={t.perDay}
                  description={t.perDayHint}
                  min={0}
                  allowDecimal={false}
                  thousandSeparator=","
                  {...form.getInputProps("messagesPerDay")}
                />
                <NumberInput
                  label={t.gap}
                  description={t.gapHint}
                  required
                  min={0}
                  decimalScale={2}
                  error={form.errors.minTouchGapSeconds}
                  {...form.getInputProps("touchGapHours")}
                />
                <NumberInput
                  label={t.absence}
                  description={t.absenceHint}
                  required
                  min={0}
                  allowDecimal={false}
                  {...form.getInputProps("absencePauseDays")}
                />
              </Stack>
            </Panel>
            <Panel title={t.sms}>
              <Stack gap="sm" maw={480}>
                <Text size="sm" c="dimmed">
                  {t.smsHint}
                </Text>
                <Group gap="sm" grow>
                  <TextInput type="time" label={t.from} required {...form.getInputProps("smsHours.from")} />
                  <TextInput type="time" label={t.to} required {...form.getInputProps("smsHours.to")} />
                </Group>
                {form.errors.smsHours && <Input.Error>{form.errors.smsHours}</Input.Error>}
                {isWider(smsHours) && form.isDirty("smsHours") && (
                  <TextInput label={t.wider} description={t.widerHint} required {...form.getInputProps("reason")} />
                )}
              </Stack>
            </Panel>
            <Panel title={t.optOut}>
              <Stack gap="md" maw={480}>
                <TagsInput label={t.words} description={t.wordsHint} {...form.getInputProps("optOutWords")} />
                <div>
                  <Text size="sm" fw={500}>
                    {t.linked}
                  </Text>
                  <Text size="xs" c="dimmed" mb="xs">
                    {t.linkedHint}
                  </Text>
                  <Stack gap="sm">
                    {channels.map((channel) => (
                      <Checkbox.Group
                        key={channel}
                        label={t.linkedOf(t.channels[channel])}
                        {...form.getInputProps(`linkedChannels.${channel}`)}
                      >
                        <Group gap="md" mt={4}>
                          {channels
                            .filter((other) => other !== channel)
                            .map((other) => (
                              <Checkbox key={other} value={other} label={t.channels[other]} />
                            ))}
                        </Group>
                      </Checkbox.Group>
                    ))}
                  </Stack>
                </div>
              </Stack>
            </Panel>
            {mayWrite && (
              <Group>
                <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                  {common.save}
                </Button>
                <Button variant="default" disabled={!form.isDirty()} onClick={() => form.reset()}>
                  {common.undo}
                </Button>
              </Group>
            )}
          </Stack>
        </Fieldset>
      </Stack>
    </form>
  );
}
