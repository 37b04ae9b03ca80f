import { Paper, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { useApi } from "../../../api/query.ts";
import { formatNumber } from "../../../text/format.ts";
import { ErrorState, PartError } from "../../../ui/state.tsx";
import type { Campaign } from "../status.ts";
import { t } from "../texts.ts";
import { Funnel } from "./funnel.tsx";
import { GuardRails } from "./guard-rails.tsx";

export default function ResultsTab({ campaign }: { campaign: Campaign }) {
  const params = { id: campaign.id };
  const progress = useApi("GET /v1/campaigns/progress", { query: { ids: campaign.id } });
  const results = useApi("GET /v1/campaigns/{id}/results", { params });
  const one = progress.data?.data[0];
  const leads = one?.leads ?? 0;
  const share = (count: number | undefined, all: number) => (all > 0 && count !== undefined ? count / all : null);
  const tiles: [label: string, value: number | undefined, share: number | null, of?: "contacted"][] = [
    [t.results.leads, one?.leads, null],
    [t.results.active, one?.active, share(one?.active, leads)],
    [t.results.held, one?.held, share(one?.held, leads)],
    [t.results.finished, one?.finished, share(one?.finished, leads)],
    [t.results.stopped, one?.stopped, share(one?.stopped, leads)],
    [t.results.replied, one?.replied, share(one?.replied, one?.contacted ?? 0), "contacted"],
  ];
  return (
    <Stack gap="lg">
      {progress.error && !progress.data && <PartError error={progress.error} retry={() => void progress.refetch()} />}
      <SimpleGrid cols={{ base: 2, xs: 3, lg: 6 }} spacing="sm" component="dl" m={0}>
        {tiles.map(([label, value, of, base]) => (
          <Paper key={label} withBorder p="sm" bg="var(--raised)">
            <Text component="dt" size="xs" c="dimmed">
              {label}
            </Text>
            <Text component="dd" m={0} fz={22} fw={600} lh={1.3}>
              {progress.isPending ? (
                <Skeleton height={20} width={48} my={4} />
              ) : one || progress.data ? (
                formatNumber(value ?? 0)
              ) : (
                "–"
              )}
            </Text>
            <Text component="dd" m={0} size="xs" c="dimmed" mih={17}>
              {of !== null && (base ? t.results.ofContacted(of) : t.results.ofLeads(of))}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      {results.error && !results.data ? (
        <ErrorState error={results.error} retry={() => void results.refetch()} />
      ) : (
        <Funnel steps={results.data?.steps} />
      )}
      <GuardRails campaignId={campaign.id} />
    </Stack>
  );
}
