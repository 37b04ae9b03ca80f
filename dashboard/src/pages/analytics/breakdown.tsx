import { Group, Select, Skeleton, Text } from "@mantine/core";
import type { Output } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { FiguresTable } from "./figures-table.tsx";
import { IntervalPlot } from "./interval-plot.tsx";
import type { Query } from "./range.ts";
import { interval, number, share } from "./rates.ts";
import { t } from "./texts.ts";

type Grouping = keyof typeof t.groups;
const groups = Object.keys(t.groups) as Grouping[];
const choices = groups.map((value) => ({ value, label: t.groups[value] }));

type Row = Output<"GET /v1/analytics/breakdown">["data"][number];
const keyOf = ({ value, campaignId, step }: Row) => [value, campaignId, step].join(" ");
const nameOf = ({ value, name }: Row) => name ?? (value === null ? t.nothingElse : (t.channels[value] ?? value));

export function Breakdown({ query, by: given, onBy }: { query: Query; by: string; onBy: (by: string) => void }) {
  const by = groups.find((one) => one === given) ?? "campaign";
  const { data, error, refetch } = useApi("GET /v1/analytics/breakdown", { query: { ...query, by, limit: 200 } });
  const label = t.by[by];
  const columns = [
    ...[t.groups[by], t.sent, t.replies, t.replied, t.interval],
    ...[t.positive, t.meetings, t.optedOut, t.bounced],
  ];
  return (
    <Panel
      title={label}
      flush
      actions={
        <Group gap="xs">
          <Select
            size="xs"
            w={150}
            aria-label={t.breakdown}
            allowDeselect={false}
            data={choices}
            value={by}
            onChange={(value) => value && onBy(value)}
          />
          <DownloadButton
            operation="GET /v1/analytics/breakdown"
            query={{ ...query, by, format: "csv" }}
            fileName={`herald-by-${by}.csv`}
            label={t.csvOf(label)}
          >
            {t.csv}
          </DownloadButton>
        </Group>
      }
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={160} />
      ) : data.data.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {t.nothing}
        </Text>
      ) : (
        <>
          <IntervalPlot
            label={t.replied}
            rows={data.data.map((row) => ({ key: keyOf(row), name: nameOf(row), rate: row.rates.replied }))}
          />
          <FiguresTable
            label={label}
            columns={columns}
            rows={data.data.map((row) => {
              const { counts, rates } = row;
              return {
                key: keyOf(row),
                cells: [
                  nameOf(row),
                  ...[number(counts.sent), number(counts.replies), share(rates.replied), interval(rates.replied)],
                  ...[number(counts.positiveReplies), number(counts.meetings)],
                  ...[number(counts.optedOut), number(counts.bounced)],
                ],
              };
            })}
          />
        </>
      )}
    </Panel>
  );
}
