import { Group, SegmentedControl, Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useApi } from "../../api/query.ts";
import { formatLabel } from "../../text/days.ts";
import { Chart } from "../../ui/chart.tsx";
import { DownloadButton } from "../../ui/download-button.tsx";
import { ErrorState } from "../../ui/state.tsx";
import type { Query } from "./range.ts";
import { t } from "./texts.ts";

type Granularity = keyof typeof t.granularities;

const series = [
  { key: "sent", label: t.sent },
  { key: "replies", label: t.replies },
  { key: "positiveReplies", label: t.positive },
  { key: "meetings", label: t.meetings },
  { key: "optedOut", label: t.optedOut },
];

interface TrendProps {
  query: Query;
  /** Days. */
  length: number;
  /** As in the address; "": what fits the range. */
  granularity: string;
  onGranularity: (granularity: string) => void;
}

export function Trend({ query, length, granularity: given, onGranularity }: TrendProps) {
  // A picture of more points says nothing, and the API refuses more than 2,500.
  const possible: Granularity[] = length <= 31 ? ["hour", "day", "week"] : ["day", "week", "month"];
  const fitting: Granularity = length > 120 ? "week" : "day";
  const granularity = possible.find((one) => one === given) ?? fitting;
  const { data, error, refetch } = useApi("GET /v1/analytics/timeseries", { query: { ...query, granularity } });
  const rows = useMemo(() => data?.data.map(({ label, counts }) => ({ label, ...counts })), [data]);
  if (error && !rows) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!rows) return <Skeleton height={360} radius="md" />;
  return (
    <Chart
      title={t.trend}
      kind="line"
      data={rows}
      x={{ key: "label", label: t.granularities[granularity], format: formatLabel }}
      series={series}
      height={260}
      actions={
        <Group gap="xs" justify="flex-end">
          <SegmentedControl
            size="xs"
            aria-label={t.granularity}
            value={granularity}
            onChange={(value) => onGranularity(value === fitting ? "" : value)}
            data={possible.map((value) => ({ value, label: t.granularities[value] }))}
          />
          <DownloadButton
            operation="GET /v1/analytics/timeseries"
            query={{ ...query, granularity, format: "csv" }}
            fileName="herald-time-series.csv"
            label={t.csvOf(t.trend)}
          >
            {t.csv}
          </DownloadButton>
        </Group>
      }
    />
  );
}
