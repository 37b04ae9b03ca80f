import { Skeleton } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { formatDuration } from "../../text/format.ts";
import { Chart } from "../../ui/chart.tsx";
import { DownloadButton } from "../../ui/download-button.tsx";
import { ErrorState } from "../../ui/state.tsx";
import type { Query } from "./range.ts";
import { t } from "./texts.ts";

const series = [{ key: "count", label: t.answers }];

export function TimeToReply({ query }: { query: Query }) {
  const { data, error, refetch } = useApi("GET /v1/analytics/time-to-reply", { query });
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={280} radius="md" />;
  const { p50, p90 } = data.seconds;
  return (
    <Chart
      title={t.timeToReply}
      description={
        p50 === null || p90 === null ? t.nothing : t.median(formatDuration(p50 * 1_000), formatDuration(p90 * 1_000))
      }
      kind="bar"
      data={data.histogram.map(({ label, count }) => ({ label, count }))}
      x={{ key: "label", label: t.within }}
      series={series}
      height={180}
      actions={
        <DownloadButton
          operation="GET /v1/analytics/time-to-reply"
          query={{ ...query, format: "csv" }}
          fileName="herald-time-to-reply.csv"
          label={t.csvOf(t.timeToReply)}
        >
          {t.csv}
        </DownloadButton>
      }
    />
  );
}
