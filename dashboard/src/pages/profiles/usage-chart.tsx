import { Skeleton, Text } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { locale } from "../../text/language.ts";
import { formatDay } from "../../text/time.ts";
import { Chart } from "../../ui/chart.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { t } from "./texts.ts";

const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** What the assistant cost by day, or one profile; where no prices are set, its tokens. */
export function UsageChart({ profileId }: { profileId?: string }) {
  const query = profileId === undefined ? { days: 30 } : { days: 30, profileId };
  const { data, error, refetch } = useApi("GET /v1/assistant/usage", { query });
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={230} />;
  if (data.data.length === 0) return profileId === undefined ? null : <Text c="dimmed">{t.noCost}</Text>;
  const rows = [...data.data].reverse().map(({ day, costMicros, inputTokens, outputTokens }) => ({
    ...{ day, cost: costMicros / 1e6, tokens: inputTokens + outputTokens },
  }));
  const whose = profileId === undefined ? t.allProfiles : t.thisProfile;
  const priced = rows.some(({ cost }) => cost > 0);
  return (
    <Chart
      kind="bar"
      title={priced ? t.costTitle : t.tokensTitle}
      description={priced ? t.costText(whose) : t.tokensText(whose)}
      data={rows}
      x={{ key: "day", label: t.day, format: (day: string) => formatDay(new Date(`${day}T12:00:00Z`), "UTC") }}
      series={[priced ? { key: "cost", label: t.cost } : { key: "tokens", label: t.tokens }]}
      {...(priced && { format: (value: number) => money.format(value) })}
      height={180}
    />
  );
}
