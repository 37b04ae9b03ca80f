import { Paper, Progress, SimpleGrid, Skeleton, Text, Title } from "@mantine/core";
import { useApi } from "../../../api/query.ts";
import { formatPercent } from "../../../text/format.ts";
import { ErrorState } from "../../../ui/state.tsx";
import { t } from "../texts.ts";

/** How near the campaign is to what pauses it by itself. */
export function GuardRails({ campaignId }: { campaignId: string }) {
  const { data, error, refetch } = useApi("GET /v1/campaigns/{id}/health", { params: { id: campaignId } });
  const counts = data !== undefined && data.messages >= data.fewest;
  return (
    <Paper withBorder bg="var(--raised)" p="md" component="section" aria-labelledby="rails-title">
      <Title order={2} id="rails-title">
        {t.results.rails}
      </Title>
      <Text size="xs" c="dimmed" mb="sm" mih={17}>
        {data && t.results.railsText(data.days, data.fewest)}
        {data && !counts && ` ${t.results.tooFew(data.messages, data.fewest)}.`}
      </Text>
      {error && !data && <ErrorState error={error} retry={() => void refetch()} />}
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="lg">
        {(data?.rails ?? (error ? [] : placeholders)).map((each, at) => {
          if (each === null) return <Skeleton key={at === 0 ? "a" : at === 1 ? "b" : "c"} height={52} />;
          const { rail, count, share, limit } = each;
          const filled = counts ? Math.min(100, (100 * share) / limit) : 0;
          return (
            <div key={rail}>
              <Text size="sm" fw={500}>
                {t.results.railNames[rail]} <span style={{ float: "inline-end" }}>{formatPercent(share)}</span>
              </Text>
              <Progress
                my={5}
                size={6}
                value={filled}
                color={filled >= 75 ? "red" : filled >= 40 ? "orange" : "teal"}
                aria-label={t.results.railNames[rail]}
              />
              <Text size="xs" c="dimmed">
                {t.results.railOf(count, data?.messages ?? 0, limit)}
              </Text>
            </div>
          );
        })}
      </SimpleGrid>
    </Paper>
  );
}

const placeholders = [null, null, null];
