import { Chart } from "../../../ui/chart.tsx";
import type { Forecast } from "./forecast-tab.tsx";
import { nameOfDay } from "./hours.ts";
import { t } from "./texts.ts";

/** As on the overview: a channel has one colour. */
const inOrder = ["linkedin", "email", "sms"] as const;

/** Messages of each day, by channel. */
export function ByDay({ forecast: { days } }: { forecast: Forecast }) {
  const found = new Set(days.map(({ channel }) => channel));
  const channels = inOrder.filter((channel) => found.has(channel));
  const rows = new Map<string, Record<string, string | number>>();
  for (const { date, channel, messages } of days) {
    const row = rows.get(date) ?? { date, ...Object.fromEntries(channels.map((each) => [each, 0])) };
    row[channel] = Number(row[channel]) + messages;
    rows.set(date, row);
  }
  const data = [...rows.values()].sort((a, b) => (String(a.date) < String(b.date) ? -1 : 1));
  return (
    <Chart
      kind="bar"
      stacked
      title={t.bySender}
      description={t.bySenderText}
      data={data}
      x={{ key: "date", label: t.day, format: (date: never) => nameOfDay(date) }}
      series={channels.map((channel) => ({
        ...{ key: channel, label: t.channels[channel], look: inOrder.indexOf(channel) },
      }))}
      height={200}
    />
  );
}
