import { Alert, Button, Card, Group, Radio, Select, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { windowTexts } from "../../text/windows.ts";
import { useApiForm, useFreshValues } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { scheduleValues } from "../../ui/windows.ts";
import { WindowsEditor } from "../../ui/windows-editor.tsx";
import { t } from "./texts.ts";

type Sender = Output<"GET /v1/senders/{id}">;

const zones = Intl.supportedValuesOf("timeZone");

const valuesOf = ({ schedule, timeZone }: Pick<Sender, "schedule" | "timeZone">) => ({
  limited: schedule !== null,
  schedule: scheduleValues(schedule),
  timeZone,
});

/** When the account is at work: campaigns and the assistant send with it only then. */
export function HoursForm({ sender }: { sender: Sender }) {
  const readOnly = !useRight("senders.write");
  const form = useApiForm({ initialValues: valuesOf(sender) });
  useFreshValues(form, valuesOf(sender));
  useUnsaved(form.isDirty());
  const save = useChange("PATCH /v1/senders/{id}", {
    outdates: ["senders", "campaigns", "leads"],
    onDone: (saved) => {
      form.takeSaved(valuesOf(saved));
      toast(t.hoursSaved);
    },
    onError: form.refuse,
  });
  const { limited, schedule, timeZone } = form.values;
  return (
    <Card component="section" aria-label={t.hours}>
      <Title order={2}>{t.hours}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.hoursText}
      </Text>
      {sender.warnings.length > 0 && (
        <Alert color="yellow" mb="sm" icon={<IconAlertTriangle size={16} />} title={t.hoursApart}>
          {sender.warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </Alert>
      )}
      <form
        onSubmit={form.onSubmit((values) =>
          save.mutate({
            params: { id: sender.id },
            body: { schedule: values.limited ? values.schedule : null, timeZone: values.timeZone },
          }),
        )}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <Radio.Group
            aria-label={t.hours}
            value={limited ? "windows" : "any"}
            onChange={(value) => !readOnly && form.setFieldValue("limited", value === "windows")}
          >
            <Group>
              <Radio value="any" label={windowTexts.anyTime} disabled={readOnly && limited} />
              <Radio value="windows" label={windowTexts.inWindows} disabled={readOnly && !limited} />
            </Group>
          </Radio.Group>
          {limited && (
            <>
              <WindowsEditor
                schedule={schedule}
                onChange={(next) => form.setFieldValue("schedule", next)}
                errors={form.errors}
                readOnly={readOnly}
              />
              <Select
                label={t.timeZone}
                description={t.timeZoneHint}
                searchable
                clearable
                clearButtonProps={{ "aria-label": t.timeZoneHint }}
                data={timeZone === null || zones.includes(timeZone) ? zones : [timeZone, ...zones]}
                limit={60}
                readOnly={readOnly}
                {...form.getInputProps("timeZone")}
              />
            </>
          )}
          {!readOnly && (
            <Group justify="flex-end">
              <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
                {t.saveHours}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}
