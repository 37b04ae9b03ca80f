import { useMemo } from "react";
import { useSignedIn } from "../../api/session.ts";
import { now } from "../../text/clock.ts";
import { dayBegins, dayOf } from "../../text/days.ts";
import { useUrlState } from "../../ui/url-state.ts";

export const presets = ["7", "30", "90", "365"] as const;

const defaults = {
  ...{ range: "30", from: "", to: "", channel: "", campaignId: "", senderId: "" },
  ...{ granularity: "", by: "campaign" },
};

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** Filters as they stand in the address, and the API's query that they make: the same object while they are the same. */
export function useFilters() {
  const { workspace } = useSignedIn();
  const { timeZone } = workspace;
  const [filters, setFilters] = useUrlState(defaults);
  const { range, from, to, channel, campaignId, senderId } = filters;
  const today = dayOf(now(), timeZone);
  const isCustom = range === "custom" && isDay(from) && isDay(to) && from <= to;
  const days = presets.includes(range as never) ? Number(range) : 30;
  const first = isCustom ? from : dayOf(now(), timeZone, 1 - days);
  const last = isCustom ? to : today;
  const query = useMemo(
    () =>
      ({
        from: dayBegins(first, timeZone).toISOString(),
        // The last day is whole. Until now, where it is today: else the days to come would be empty points.
        ...(last < today && { to: dayBegins(nextDay(last), timeZone).toISOString() }),
        ...(channel && { channel: channel as "linkedin" | "sms" | "email" }),
        ...(campaignId && { campaignId }),
        ...(senderId && { senderId }),
      }) as const,
    [first, last, today, timeZone, channel, campaignId, senderId],
  );
  const length = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
  return { filters, setFilters, query, timeZone, first, last, length };
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

export type Query = ReturnType<typeof useFilters>["query"];
