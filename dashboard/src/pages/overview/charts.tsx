import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useApi } from "../../api/query.ts";
import { formatLabel } from "../../text/days.ts";
import { Chart } from "../../ui/chart.tsx";
import { ErrorState } from "../../ui/state.tsx";
import type { Range } from "./figures.tsx";
import { t } from "./texts.ts";

export default function Charts(range: Range) {
  return (
    <>
      <ChannelChart {...range} />
      <RepliesChart {...range} />
    </>
  );
}

const channels = ["linkedin", "email", "sms"] as const;
const channelSeries = channels.map((key) => ({ key, label: t.channels[key] }));
const day = { key: "label", label: t.day, format: formatLabel };

function ChannelChart({ from }: Range) {
  const query = { from, granularity: "day" as const };
  const asked = [
    useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "linkedin" } }),
    useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "email" } }),
    useApi("GET /v1/analytics/timeseries", { query: { ...query, channel: "sms" } }),
  ] as const;
  const [linkedin, email, sms] = asked.map(({ data }) => data);
  const failed = asked.filter(({ error, data }) => error && !data);
  const data = useMemo(() => {
    if (!linkedin || !email || !sms) return null;
    return linkedin.data.map(({ label, counts }, at) => ({
      ...{ label, linkedin: counts.sent, email: email.data[at]?.counts.sent ?? 0, sms: sms.data[at]?.counts.sent ?? 0 },
    }));
  }, [linkedin, email, sms]);
  if (failed[0]) {
    return <ErrorState error={failed[0].error} retry={() => failed.forEach((one) => void one.refetch())} />;
  }
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

function RepliesChart({ from }: Range) {
  const { data, error, refetch } = useApi("GET /v1/analytics/timeseries", { query: { from, granularity: "day" } });
  const rows = useMemo(() => data?.data.map(({ label, counts }) => ({ label, ...counts })), [data]);
  if (error && !rows) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!rows) return <Skeleton height={280} radius="md" />;
  return <Chart title={t.repliesTitle} kind="line" data={rows} x={day} series={replySeries} height={180} />;
}
