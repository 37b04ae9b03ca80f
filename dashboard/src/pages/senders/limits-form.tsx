import { Button, Card, Group, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { paceInWords, type Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

type Action = "message" | "connect";
const fields = ["perDay", "perWeek", "minGapSeconds"] as const;
const labels = { perDay: t.perDay, perWeek: t.perWeek, minGapSeconds: t.minGap };

/** What holds for a sender's pace, and the parts of it that people change. */
export function LimitsForm({ sender }: { sender: Sender }) {
  const { id, pace, limits } = sender;
  const mayWrite = useRight("senders.write");
  const actions: Action[] = pace.connect ? ["message", "connect"] : ["message"];
  const shown = (action: Action) => {
    const { perDay, perWeek, minGapSeconds } = pace[action]!;
    return { perDay: perDay ?? "", perWeek: perWeek ?? "", minGapSeconds } as Record<string, number | "">;
  };
  const form = useApiForm({
    initialValues: {
      limits: Object.fromEntries(actions.map((action) => [action, shown(action)])) as Record<
        Action,
        Record<string, number | "">
      >,
    },
  });
  const save = useChange("PATCH /v1/senders/{id}", { onDone: () => toast(t.limitsSaved), onError: form.refuse });
  const submit = form.onSubmit((values) => {
    const changed = actions.map((action) => {
      const { perDay, perWeek, minGapSeconds } = values.limits[action];
      // Ramp and jitter aren't in the form: they stay.
      const set = { perDay: perDay || null, perWeek: perWeek || null, minGapSeconds: minGapSeconds || 0 };
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
                      hideControls
                      {...form.getInputProps(`limits.${action}.${field}`)}
                    />
                  ))}
                </Group>
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
