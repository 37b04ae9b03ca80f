import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { formatNumber, formatPercent } from "../../text/format.ts";
import { Panel } from "../../ui/panel.tsx";
import { Stat } from "../../ui/stat.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./figures.module.css";
import { t } from "./texts.ts";

export interface Range {
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

const funnelSteps = ["replied", "positivelyReplied", "meetings"] as const;

export function Funnel(range: Range) {
  const { data, error, refetch } = useFigures(range);
  const sent = data?.rates.replied.of ?? 0;
  const lines = data ? funnelSteps.map((key) => ({ key, count: data.rates[key].count })) : [];
  return (
    <Panel title={t.funnel}>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={181} />
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
