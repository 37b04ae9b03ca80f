import { Button, Card, Group, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { RampFields, type RampValues, rampOf, rampValues } from "./ramp-fields.tsx";
import { paceInWords, type Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

type Action = "message" | "connect";
type Values = Record<"perDay" | "perWeek" | "minGapSeconds", number | ""> & { ramp: RampValues };
const fields = ["perDay", "perWeek", "minGapSeconds"] as const;
const labels = { perDay: t.perDay, perWeek: t.perWeek, minGapSeconds: t.minGap };

/** What holds for a sender's pace, and the parts of it that people change. */
export function LimitsForm({ sender }: { sender: Sender }) {
  const { id, pace, limits } = sender;
  const mayWrite = useRight("senders.write");
  const actions: Action[] = pace.connect ? ["message", "connect"] : ["message"];
  const shown = (action: Action) => {
    const { perDay, perWeek, minGapSeconds, ramp } = pace[action]!;
    return { perDay: perDay ?? "", perWeek: perWeek ?? "", minGapSeconds, ramp: rampValues(ramp) } as Values;
  };
  const form = useApiForm({
    initialValues: {
      limits: Object.fromEntries(actions.map((action) => [action, shown(action)])) as Record<Action, Values>,
    },
  });
  useUnsaved(form.isDirty());
  const save = useChange("PATCH /v1/senders/{id}", {
    onDone: () => {
      form.resetDirty();
      toast(t.limitsSaved);
    },
    onError: form.refuse,
  });
  const submit = form.onSubmit((values) => {
    const changed = actions.map((action) => {
      const { perDay, perWeek, minGapSeconds, ramp } = values.limits[action];
      // Jitter isn't in the form: it stays.
      const set = {
        // Empty is no limit; a 0 goes to the API, which refuses it at its field: it must never mean "no limit".
        ...{ perDay: perDay === "" ? null : perDay, perWeek: perWeek === "" ? null : perWeek },
        minGapSeconds: minGapSeconds || 0,
        ramp: rampOf(ramp),
      };
      return [action, { ...limits[action], ...set }];
    });
    save.mutate({ params: { id }, body: { limits: Object.fromEntries(changed) } });
  });
  return (
    <Card component="section" aria-label={t.limits}>
      <Title order={2}>{t.limits}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.limitsText} {t.inZone}
      </Text>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <FormFailure form={form} />
          {actions.map((action) => (
            <fieldset key={action} style={{ border: 0, padding: 0, margin: 0 }}>
              <Text component="legend" size="sm" fw={600}>
                {t.actions[action]}
              </Text>
              <Text size="sm" c="dimmed" mb={4}>
                {paceInWords(pace[action]!)}
              </Text>
              {mayWrite && (
                <Group gap="xs" align="flex-start">
                  {fields.map((field) => (
                    <NumberInput
                      key={field}
                      style={{ flex: "1 1 110px" }}
                      label={labels[field]}
                      min={0}
                      allowDecimal={field === "minGapSeconds"}
                      hideControls
                      {...form.getInputProps(`limits.${action}.${field}`)}
                    />
                  ))}
                </Group>
              )}
              {mayWrite && (
                <RampFields
                  value={form.values.limits[action].ramp}
                  inputProps={(field) =>
                    form.getInputProps(`limits.${action}.ramp.${field}`, {
                      type: field === "on" ? "checkbox" : "input",
                    })
                  }
                />
              )}
            </fieldset>
          ))}
          {mayWrite && (
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => save.mutate({ params: { id }, body: { limits: {} } })}>
                {t.safePace}
              </Button>
              <Button type="submit" loading={save.isPending}>
                {common.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}
