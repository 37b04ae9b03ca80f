import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { FiguresTable } from "./figures-table.tsx";
import { IntervalPlot } from "./interval-plot.tsx";
import type { Query } from "./range.ts";
import { interval, number, share } from "./rates.ts";
import { StepsPlot } from "./steps-plot.tsx";
import { t } from "./texts.ts";

const columns = [t.step, t.reached, t.sent, t.waiting, t.replied, t.interval, t.positive, t.stopped];
const variantColumns = [t.variant, t.sent, t.replied, t.interval, t.positive, t.meetings];

/** Of one campaign, as it is filtered: its steps from first to last, and how the variants of each compare. */
export function CampaignSteps({ campaignId, query }: { campaignId: string; query: Query }) {
  const asked = { ...query, campaignId };
  const { data, error, refetch } = useApi("GET /v1/analytics/funnel", { query: asked });
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={200} radius="md" />;
  const nameOf = (step: (typeof data.steps)[number]) =>
    [step.position, step.channel ? t.channels[step.channel] : t.actions[step.action], step.key]
      .filter(Boolean)
      .join(", ");
  return (
    <Stack gap="md">
      <Panel
        title={`${t.funnel}: ${data.campaignName}`}
        flush
        actions={
          <DownloadButton
            operation="GET /v1/analytics/funnel"
            query={{ ...asked, format: "csv" }}
            fileName="herald-steps.csv"
            label={t.csvOf(t.funnel)}
          >
            {t.csv}
          </DownloadButton>
        }
      >
        <StepsPlot
          steps={data.steps.map((step) => ({
            ...{ key: step.stepId, name: nameOf(step), reached: step.reached, sent: step.sent },
            sends: step.channel !== null,
            answered: step.replied.count,
          }))}
        />
        <FiguresTable
          label={t.funnel}
          columns={columns}
          rows={data.steps.map((step) => ({
            key: step.stepId,
            cells: [
              ...[nameOf(step), number(step.reached), number(step.sent), number(step.waiting), share(step.replied)],
              ...[interval(step.replied), share(step.positivelyReplied), number(step.stopped.total)],
            ],
          }))}
        />
      </Panel>
      {data.steps
        .filter(({ sent }) => sent > 0)
        .map((step) => (
          <Variants key={step.stepId} query={asked} step={step.stepId} name={nameOf(step)} />
        ))}
    </Stack>
  );
}

/** Nothing, where the step has one text. */
function Variants({ query, step, name }: { query: Query & { campaignId: string }; step: string; name: string }) {
  // A step has one channel.
  const { channel: _, ...asked } = query;
  const { data, error, refetch } = useApi("GET /v1/analytics/variants", { query: { ...asked, step } });
  if (error && !data) {
    return (
      <Panel title={`${t.variants}: ${name}`}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Panel>
    );
  }
  if (!data || data.data.length < 2) return null;
  const { verdict, text } = data.comparison;
  return (
    <Panel
      title={`${t.variants}: ${name}`}
      flush
      actions={
        <DownloadButton
          operation="GET /v1/analytics/variants"
          query={{ ...asked, step, format: "csv" }}
          fileName="herald-variants.csv"
          label={t.csvOf(`${t.variants}: ${name}`)}
        >
          {t.csv}
        </DownloadButton>
      }
    >
      <Group gap="xs" p="sm" align="flex-start">
        <StatusBadge tone={verdict === "significant" ? "good" : "waiting"}>{t.verdicts[verdict]}</StatusBadge>
        <Text size="sm" flex="1 1 240px">
          {text}
        </Text>
      </Group>
      <IntervalPlot
        label={t.replied}
        rows={data.data.map(({ variant, replied }) => ({
          ...{ key: variant ?? "", name: variant ?? t.nothingElse, rate: replied },
        }))}
      />
      <FiguresTable
        label={`${t.variants}: ${name}`}
        columns={variantColumns}
        rows={data.data.map(({ variant, sent, replied, positivelyReplied, meetings }) => ({
          key: variant ?? "",
          cells: [
            ...[variant ?? t.nothingElse, number(sent), share(replied), interval(replied)],
            ...[share(positivelyReplied), share(meetings)],
          ],
        }))}
      />
    </Panel>
  );
}
