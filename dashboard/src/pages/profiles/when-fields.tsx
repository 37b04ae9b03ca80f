import {
  ActionIcon,
  Chip,
  Group,
  Input,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { type Content, type ContentForm, channels, errorUnder } from "./looks.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Day = (typeof days)[number];

const office = { from: "09:00", to: "17:00" };
const officeWeek = { windows: Object.fromEntries(days.slice(0, 5).map((day) => [day, [office]])), holidays: [] };

/** Channels, hours, and how long it waits. */
export function WhenFields({ form }: { form: ContentForm }) {
  const { content } = form.values;
  return (
    <Stack gap="md">
      <Input.Wrapper
        labelElement="div"
        label={t.channelsLabel}
        description={t.channelsText}
        error={errorUnder(form, "content.channels")}
      >
        <Chip.Group
          multiple
          value={content.channels}
          onChange={(value) => form.setFieldValue("content.channels", value as Content["channels"])}
        >
          <Group gap="xs" mt={6}>
            {channels.map((channel) => (
              <Chip key={channel} value={channel} size="xs">
                {t.channels[channel]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Input.Wrapper>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput
          label={t.delay}
          description={t.delayText}
          min={0}
          max={86_400}
          allowDecimal={false}
          {...form.getInputProps("content.responseDelaySeconds")}
        />
        <NumberInput
          label={t.jitter}
          description={t.jitterText}
          min={0}
          max={100}
          allowDecimal={false}
          {...form.getInputProps("content.responseJitter")}
          value={Math.round(content.responseJitter * 100)}
          onChange={(value) => form.setFieldValue("content.responseJitter", Number(value) / 100)}
        />
      </SimpleGrid>
      <Switch
        label={t.listen}
        description={t.listenText}
        checked={content.listenWhenOff !== false}
        onChange={({ currentTarget: { checked } }) => form.setFieldValue("content.listenWhenOff", checked)}
      />
      <Hours form={form} />
    </Stack>
  );
}

function Hours({ form }: { form: ContentForm }) {
  const { schedule } = form.values.content;
  const error = errorUnder(form, "content.schedule");
  const set = (day: Day, ranges: { from: string; to: string }[]) => {
    const { [day]: _, ...others } = schedule?.windows ?? {};
    const windows = ranges.length > 0 ? { ...others, [day]: ranges } : others;
    form.setFieldValue("content.schedule", { holidays: schedule?.holidays ?? [], windows });
  };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {t.hours}
      </Text>
      <Switch
        label={t.anyTime}
        description={t.anyTimeText}
        checked={schedule === null}
        onChange={({ currentTarget: { checked } }) =>
          form.setFieldValue("content.schedule", checked ? null : officeWeek)
        }
      />
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {schedule !== null && (
        <>
          <Text size="xs" c="dimmed">
            {t.hoursText}
          </Text>
          <div>
            {days.map((day) => (
              <DayHours key={day} day={day} ranges={schedule.windows[day] ?? []} onChange={(next) => set(day, next)} />
            ))}
          </div>
          <TagsInput
            label={t.holidays}
            description={t.holidaysText}
            placeholder="2026-12-25"
            value={schedule.holidays}
            onChange={(value) => form.setFieldValue("content.schedule.holidays", value)}
          />
        </>
      )}
    </Stack>
  );
}

interface DayProps {
  day: Day;
  ranges: { from: string; to: string }[];
  onChange: (ranges: { from: string; to: string }[]) => void;
}

function DayHours({ day, ranges, onChange }: DayProps) {
  const name = t.days[day];
  const change = (at: number, part: { from?: string; to?: string }) =>
    onChange(ranges.map((range, index) => (index === at ? { ...range, ...part } : range)));
  return (
    <div className={classes.hours}>
      <span className={classes.day}>{name}</span>
      {ranges.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.closed}
        </Text>
      )}
      {ranges.map((range, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: ranges have no other name.
        <Group key={at} gap={4} wrap="nowrap">
          <TextInput
            size="xs"
            w={62}
            aria-label={t.from(name)}
            value={range.from}
            onChange={({ currentTarget: { value } }) => change(at, { from: value })}
          />
          <span aria-hidden>–</span>
          <TextInput
            size="xs"
            w={62}
            aria-label={t.to(name)}
            value={range.to}
            onChange={({ currentTarget: { value } }) => change(at, { to: value })}
          />
          <ActionIcon aria-label={t.removeHours(name)} onClick={() => onChange(ranges.filter((_, i) => i !== at))}>
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      <ActionIcon aria-label={t.addHours(name)} onClick={() => onChange([...ranges, office])}>
        <IconPlus size={14} />
      </ActionIcon>
    </div>
  );
}
