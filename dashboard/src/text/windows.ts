import { texts } from "./texts.ts";

/** Words of sending windows, wherever they are edited. */
export const windowTexts = texts({
  anyTime: "At any time",
  inWindows: "Only in these windows",
  days: {
    monday: "Monday",
    tuesday: "Tuesday",
    wednesday: "Wednesday",
    thursday: "Thursday",
    friday: "Friday",
    saturday: "Saturday",
    sunday: "Sunday",
  },
  from: (day: string) => `${day}, from`,
  to: (day: string) => `${day}, to`,
  closed: "closed",
  addWindow: (day: string) => `Add a window on ${day}`,
  removeWindow: (day: string) => `Remove a window of ${day}`,
  holidays: "Holidays",
  holidaysHint: "Dates as 2026-12-25. Nothing goes out on them.",
});
