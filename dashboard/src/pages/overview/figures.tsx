import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useMemo } from "react";
import { useApi } from "../../api/query.ts";
import { formatLabel } from "../../text/days.ts";
import { formatNumber, formatPercent } from "../../text/format.ts";
import { Chart } from "../../ui/chart.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Stat } from "../../ui/stat.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./figures.module.css";
import { t } from "./texts.ts";

interface Range {
  /** ISO 8601; until now. */
  from: string;
}

const useFigures = ({ from }: Range) => useApi("GET /v1/analytics/overview", { query: { from, compare: "previous" } });

export function Figures(range: Range) {
  const { data, error, refetch } = useFigures(range);
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  const count = (key: "sent" | "replies" | "positiveReplies" | "meetings" | "optedOut", label: string) => (
    <Stat
      label={label}
      value={data && formatNumber(data.counts[key])}
      note={data?.previous ? t.before(formatNumber(data.previous.counts[key])) : undefined}
    />
  );
  const replied = data?.rates.replied;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, xl: 6 }} spacing="xs" role="group" aria-label={t.figures}>
      {count("sent", t.sent)}
      {count("replies", t.replies)}
      <Stat
        label={t.replyRate}
        value={replied && (replied.rate === null ? "–" : formatPercent(replied.rate))}
        note={
          replied && replied.low !== null && replied.high !== null
            ? t.interval(formatPercent(replied.low), formatPercent(replied.high))
            : undefined
        }
      />
      {count("positiveReplies", t.positive)}
      {count("meetings", t.meetings)}
      {count("optedOut", t.optedOut)}
    </SimpleGrid>
  );
}

const channels = ["linkedin", "email", "sms"] as const;
const channelSeries = channels.map((key) => ({ key, label: t.channels[key] }));
const day = { key: "label", label: t.day, format: formatLabel };

export function ChannelChart({ from }: Range) {
  const query = { from, granularity: "day" as const };
  const linkedin = useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "linkedin" } }).data;
  const email = useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "email" } }).data;
  const sms = useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "sms" } }).data;
  const data = useMemo(() => {
    if (!linkedin || !email || !sms) return null;
    return linkedin.data.map(({ label, counts }, at) => ({
      ...{ label, linkedin: counts.sent, email: email.data[at]?.counts.sent ?? 0, sms: sms.data[at]?.counts.sent ?? 0 },
    }));
  }, [linkedin, email, sms]);
  if (!data) return <Skeleton height={320} radius="md" />;
  return (
    <Chart
      title={t.byChannel}
      description={t.byChannelText}
      kind="bar"
      stacked
      data={data}
      x={day}
      series={channelSeries}
      height={220}
    />
  );
}

const replySeries = [
  { key: "replies", label: t.replies },
  { key: "positiveReplies", label: t.positive },
  { key: "meetings", label: t.meetings },
];

export function RepliesChart({ from }: Range) {
  const { data, error, refetch } = useApi("GET /v1/analytics/timeseries", { query: { from, granularity: "day" } });
  const rows = useMemo(() => data?.data.map(({ label, counts }) => ({ label, ...counts })), [data]);
  if (error && !rows) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!rows) return <Skeleton height={280} radius="md" />;
  return <Chart title={t.repliesTitle} kind="line" data={rows} x={day} series={replySeries} height={180} />;
}

const funnelSteps = ["replied", "positivelyReplied", "meetings"] as const;

export function Funnel(range: Range) {
  const { data } = useFigures(range);
  const sent = data?.rates.replied.of ?? 0;
  const lines = data ? funnelSteps.map((key) => ({ key, count: data.rates[key].count })) : [];
  return (
    <Panel title={t.funnel}>
      {!data ? (
        <Skeleton height={150} />
      ) : sent === 0 ? (
        <Text size="sm" c="dimmed">
          {t.funnelNone}
        </Text>
      ) : (
        <>
          <Text size="sm" c="dimmed" mb="sm">
            {t.funnelText(sent)}
          </Text>
          <ul className={classes.funnel}>
            {[{ key: "sent" as const, count: sent }, ...lines].map(({ key, count }) => (
              <li key={key}>
                <div className={classes.line}>
                  <span>{t.funnelSteps[key]}</span>
                  <span>
                    {formatNumber(count)} ({formatPercent(count / sent)})
                  </span>
                </div>
                <div className={classes.track} aria-hidden>
                  <div className={classes.bar} style={{ width: `${(count / sent) * 100}%` }} />
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
