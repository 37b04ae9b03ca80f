import { Group, SegmentedControl, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { Page } from "../../ui/page.tsx";
import { Breakdown } from "./breakdown.tsx";
import { CampaignSteps } from "./campaign-steps.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Heatmap } from "./heatmap.tsx";
import { presets, useFilters } from "./range.ts";
import { t } from "./texts.ts";
import { TimeToReply } from "./time-to-reply.tsx";
import { Trend } from "./trend.tsx";

const rangeChoices = [...presets, "custom" as const].map((value) => ({ value, label: t.ranges[value] }));
const channelChoices = ["linkedin", "email", "sms"].map((value) => ({ value, label: t.channels[value]! }));

export default function AnalyticsPage() {
  const { filters, setFilters, query, timeZone, first, last, length } = useFilters();
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } }).data?.data ?? [];
  const senders = useApi("GET /v1/senders", { query: { limit: 100 } }).data?.data ?? [];
  const choices = (rows: readonly { id: string; name: string }[]) =>
    rows.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Page title={t.title} description={t.description(timeZone)}>
      <Group gap="xs" mb="md" align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label={t.range}
          data={rangeChoices}
          value={filters.range}
          onChange={(range) => setFilters(range === "custom" ? { range, from: first, to: last } : { range })}
        />
        {filters.range === "custom" && (
          <Group gap="xs">
            <TextInput
              type="date"
              aria-label={t.from}
              value={filters.from}
              max={filters.to}
              onChange={({ currentTarget }) => setFilters({ from: currentTarget.value }, { replace: true })}
            />
            <TextInput
              type="date"
              aria-label={t.to}
              value={filters.to}
              min={filters.from}
              onChange={({ currentTarget }) => setFilters({ to: currentTarget.value }, { replace: true })}
            />
          </Group>
        )}
        <Filter
          label={t.channel}
          data={channelChoices}
          value={filters.channel}
          onChange={(channel) => setFilters({ channel })}
        />
        <Filter
          label={t.campaign}
          data={choices(campaigns)}
          value={filters.campaignId}
          onChange={(campaignId) => setFilters({ campaignId })}
        />
        <Filter
          label={t.sender}
          data={choices(senders)}
          value={filters.senderId}
          onChange={(senderId) => setFilters({ senderId })}
        />
      </Group>
      <Stack gap="md">
        <Trend
          query={query}
          length={length}
          granularity={filters.granularity}
          onGranularity={(granularity) => setFilters({ granularity })}
        />
        {filters.campaignId && <CampaignSteps campaignId={filters.campaignId} query={query} />}
        <Breakdown query={query} by={filters.by} onBy={(by) => setFilters({ by })} />
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: "start" }}>
          <Heatmap query={query} />
          <TimeToReply query={query} />
        </SimpleGrid>
        <Deliveries first={first} timeZone={timeZone} to={query.to} />
      </Stack>
    </Page>
  );
}

interface FilterProps {
  label: string;
  data: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}

function Filter({ label, data, value, onChange }: FilterProps) {
  return (
    <Select
      w={160}
      size="xs"
      aria-label={label}
      placeholder={label}
      data={data}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      clearable
      searchable={data.length > 8}
    />
  );
}
