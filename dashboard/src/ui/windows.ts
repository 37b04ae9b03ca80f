/** A schedule as the API has it: sending windows by weekday, and days without any. */
interface Schedule {
  windows: Readonly<Record<string, readonly { from: string; to: string }[]>>;
  holidays: readonly string[];
}

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof weekdays)[number];

/** As a form holds it: each weekday has its list. */
export interface ScheduleValues {
  windows: Record<Weekday, { from: string; to: string }[]>;
  holidays: string[];
}

const office = { from: "09:00", to: "17:00" };

/** For a form; of no schedule office hours, to begin with. */
export function scheduleValues(schedule: Schedule | null): ScheduleValues {
  const windowsOf = (day: Weekday, at: number) =>
    schedule === null ? (at < 5 ? [{ ...office }] : []) : structuredClone([...(schedule.windows[day] ?? [])]);
  return {
    windows: Object.fromEntries(weekdays.map((day, at) => [day, windowsOf(day, at)])) as ScheduleValues["windows"],
    holidays: [...(schedule?.holidays ?? [])],
  };
}
