import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type ContentForm, channels, errorUnder, type Step } from "./looks.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";

const newStep = (hours: number, channel: Step["channel"]): Step => ({ hours, channel, template: null, subject: null });

/** Steps are numbered from 1 without gaps, as the API wants them. */
const numbered = (steps: readonly Step[]) => Object.fromEntries(steps.map((step, at) => [String(at + 1), step]));

/** What comes where a lead says nothing. */
export function FollowUpFields({ form }: { form: ContentForm }) {
  const { content } = form.values;
  const steps = Object.entries(content.followUps)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, step]) => step);
  const set = (next: readonly Step[]) => form.setFieldValue("content.followUps", numbered(next));
  const channel = content.channels[0] ?? "sms";
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {steps.length === 0 ? t.noSteps : t.followUpsText}
      </Text>
      {steps.length > 0 && (
        <ol className={classes.items}>
          {steps.map((step, at) => {
            const n = String(at + 1);
            return (
              <li key={n} className={classes.item}>
                <Group justify="space-between" mb="xs">
                  <Text size="sm" fw={600}>
                    {t.step(n)}
                  </Text>
                  <ActionIcon aria-label={t.removeStep(n)} onClick={() => set(steps.filter((_, i) => i !== at))}>
                    <IconTrash size={15} />
                  </ActionIcon>
                </Group>
                <StepFields form={form} path={`content.followUps.${n}`} step={step} />
              </li>
            );
          })}
        </ol>
      )}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={steps.length >= 20}
          onClick={() => set([...steps, newStep(steps.length === 0 ? 24 : 72, channel)])}
        >
          {t.addStep}
        </Button>
      </Group>
      <Switch
        label={t.nurture}
        description={t.nurtureText}
        checked={content.nurture !== null}
        onChange={({ currentTarget: { checked } }) =>
          form.setFieldValue("content.nurture", checked ? { ...newStep(720, channel), times: 6 } : null)
        }
      />
      {content.nurture && (
        <div className={classes.item}>
          <StepFields form={form} path="content.nurture" step={content.nurture} />
          <NumberInput
            mt="sm"
            maw={180}
            label={t.nurtureTimes}
            min={1}
            max={24}
            allowDecimal={false}
            {...form.getInputProps("content.nurture.times")}
          />
        </div>
      )}
    </Stack>
  );
}

function StepFields({ form, path, step }: { form: ContentForm; path: string; step: Step }) {
  const text = (field: "template" | "subject") => ({
    value: step[field] ?? "",
    error: errorUnder(form, `${path}.${field}`),
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      form.setFieldValue(`${path}.${field}`, value || null),
  });
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput
          label={t.stepHours}
          min={0.02}
          max={8_760}
          value={step.hours}
          error={errorUnder(form, `${path}.hours`)}
          onChange={(value) => form.setFieldValue(`${path}.hours`, value as number)}
        />
        <Select
          label={t.stepChannel}
          allowDeselect={false}
          data={channels.map((value) => ({ value, label: t.channels[value] }))}
          value={step.channel}
          error={errorUnder(form, `${path}.channel`)}
          onChange={(value) => value && form.setFieldValue(`${path}.channel`, value)}
        />
      </SimpleGrid>
      {step.channel === "email" && <TextInput label={t.stepSubject} {...text("subject")} />}
      <Textarea label={t.stepTemplate} description={t.stepTemplateText} maxRows={10} {...text("template")} />
    </Stack>
  );
}
