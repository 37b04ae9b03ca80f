import { SegmentedControl, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { useSignedIn } from "../../api/session.ts";
import { dayBegins, dayOf } from "../../text/days.ts";
import { Page } from "../../ui/page.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { Attention } from "./attention.tsx";
import { Figures, Funnel } from "./figures.tsx";
import { t } from "./texts.ts";

// It waits for answers before it shows at all, and is for new workspaces.
const Start = lazy(() => import("./start.tsx"));
// Behind the figures, which are what one reads first.
const Charts = lazy(() => import("./charts.tsx"));

const ranges = [7, 30, 90];
const defaults = { days: 30 };

export default function OverviewPage() {
  const { workspace } = useSignedIn();
  const [{ days: given }, set] = useUrlState(defaults);
  const days = ranges.includes(given) ? given : defaults.days;
  const { timeZone } = workspace;
  // Whole days by the workspace's clock, today among them. It stays the same for a day, and with it the queries.
  const from = useMemo(
    () => dayBegins(dayOf(Date.now(), timeZone, 1 - days), timeZone).toISOString(),
    [days, timeZone],
  );
  const range = (
    <SegmentedControl
      aria-label={t.range}
      size="xs"
      value={String(days)}
      onChange={(value) => set({ days: Number(value) })}
      data={ranges.map((count) => ({ value: String(count), label: t.days(count) }))}
    />
  );
  return (
    <Page title={t.title} description={workspace.name} actions={range}>
      <Stack gap="md">
        <Suspense fallback={null}>
          <Start key={workspace.id} workspaceId={workspace.id} />
        </Suspense>
        <Figures from={from} />
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: "start" }}>
          <Stack gap="md" miw={0}>
            <Attention />
            <Funnel from={from} />
          </Stack>
          <Stack gap="md" miw={0}>
            <Suspense fallback={<Skeleton height={616} radius="md" />}>
              <Charts from={from} />
            </Suspense>
          </Stack>
        </SimpleGrid>
      </Stack>
    </Page>
  );
}
