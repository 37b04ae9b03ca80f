import { Skeleton } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { formatDay } from "../../text/time.ts";
import { Chart } from "../../ui/chart.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { t } from "./texts.ts";

const money = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** What the assistant cost by day; where no prices are set, its tokens. */
export function UsageChart() {
  const { data, error, refetch } = useApi("GET /v1/assistant/usage", { query: { days: 30 } });
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={230} />;
  if (data.data.length === 0) return null;
  const rows = [...data.data].reverse().map(({ day, costMicros, inputTokens, outputTokens }) => ({
    ...{ day, cost: costMicros / 1e6, tokens: inputTokens + outputTokens },
  }));
  const priced = rows.some(({ cost }) => cost > 0);
  return (
    <Chart
      kind="bar"
      title={priced ? t.costTitle : t.tokensTitle}
      description={priced ? t.costText : t.tokensText}
      data={rows}
      x={{ key: "day", label: t.day, format: (day: string) => formatDay(new Date(`${day}T12:00:00Z`), "UTC") }}
      series={[priced ? { key: "cost", label: t.cost } : { key: "tokens", label: t.tokens }]}
      {...(priced && { format: (value: number) => money.format(value) })}
      height={180}
    />
  );
}
