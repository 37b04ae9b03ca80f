import { ActionIcon, Group, Input, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { windowTexts as t } from "../text/windows.ts";
import { type ScheduleValues, type Weekday, weekdays } from "./windows.ts";

interface Props {
  schedule: ScheduleValues;
  onChange: (schedule: ScheduleValues) => void;
  /** What the API says, by field: `schedule.windows.mon.0.to`. */
  errors: Readonly<Record<string, unknown>>;
  readOnly: boolean;
}

/** For each weekday the windows in which messages may go out, and the days on which none do. */
export function WindowsEditor({ schedule, onChange, errors, readOnly }: Props) {
  const { windows, holidays } = schedule;
  const set = (day: Weekday, ranges: ScheduleValues["windows"][Weekday]) =>
    onChange({ ...schedule, windows: { ...windows, [day]: ranges } });
  const said = Object.entries(errors).filter(([field]) => field.startsWith("schedule"));
  return (
    <Stack gap={6}>
      {weekdays.map((day) => (
        <Group key={day} gap="xs" mih={32} align="flex-start">
          <Text size="sm" w={92} pt={5}>
            {t.days[day]}
          </Text>
          {windows[day].length === 0 && (
            <Text size="sm" c="dimmed" pt={5}>
              {t.closed}
            </Text>
          )}
          {windows[day].map((range, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other name, and hold no state of their own.
            <Group key={at} gap={4} wrap="nowrap">
              {(["from", "to"] as const).map((end) => (
                <TextInput
                  type="time"
                  key={end}
                  size="xs"
                  w={116}
                  aria-label={t[end](t.days[day])}
                  value={range[end] === "24:00" ? "00:00" : range[end]}
                  readOnly={readOnly}
                  error={said.some(([field]) => field.startsWith(`schedule.windows.${day}.${at}`))}
                  onChange={({ currentTarget: { value } }) =>
                    set(
                      day,
                      windows[day].with(at, { ...range, [end]: end === "to" && value === "00:00" ? "24:00" : value }),
                    )
                  }
                />
              ))}
              {!readOnly && (
                <ActionIcon
                  size="sm"
                  aria-label={t.removeWindow(t.days[day])}
                  onClick={() => set(day, windows[day].toSpliced(at, 1))}
                >
                  <IconX size={13} />
                </ActionIcon>
              )}
            </Group>
          ))}
          {!readOnly && (
            <ActionIcon
              mt={2}
              aria-label={t.addWindow(t.days[day])}
              onClick={() =>
                set(day, [
                  ...windows[day],
                  windows[day].length === 0 ? { from: "09:00", to: "17:00" } : { from: "18:00", to: "20:00" },
                ])
              }
            >
              <IconPlus size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {said.map(([field, reason]) => (
        <Input.Error key={field} role="alert">
          {String(reason)}
        </Input.Error>
      ))}
      <TagsInput
        maw={420}
        mt="xs"
        label={t.holidays}
        description={t.holidaysHint}
        value={holidays}
        readOnly={readOnly}
        onChange={(dates) => onChange({ ...schedule, holidays: dates })}
      />
    </Stack>
  );
}
