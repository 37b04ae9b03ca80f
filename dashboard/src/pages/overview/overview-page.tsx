import { SegmentedControl, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useSignedIn } from "../../api/session.ts";
import { dayBegins, dayOf } from "../../text/days.ts";
import { Page } from "../../ui/page.tsx";
import { Unseen } from "../../ui/unseen.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { whenOnline } from "../../ui/when-online.ts";
import { Attention } from "./attention.tsx";
import { Figures, Funnel } from "./figures.tsx";
import { startEnded } from "./start-store.ts";
import { t } from "./texts.ts";

// For new workspaces.
const Start = lazy(whenOnline(() => import("./start.tsx")));
// Behind the figures, which are what one reads first.
const Charts = lazy(whenOnline(() => import("./charts.tsx")));

// Their code takes long to run, and would hold up what is to be seen first.
const charts = <Skeleton height={616} radius="md" />;

const ranges = [7, 30, 90];
const defaults = { days: 30 };

export default function OverviewPage() {
  const { workspace } = useSignedIn();
  const [{ days: given }, set] = useUrlState(defaults);
  const days = ranges.includes(given) ? given : defaults.days;
  const { timeZone } = workspace;
  // Whose first steps are known, if it has any left.
  const [lookedAt, setLookedAt] = useState<string | null>(null);
  const ended = startEnded(workspace.id);
  const known = ended || lookedAt === workspace.id;
  const onKnown = useCallback(() => setLookedAt(workspace.id), [workspace.id]);
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
        {!ended && (
          <Suspense fallback={null}>
            <Start key={workspace.id} workspaceId={workspace.id} onKnown={onKnown} />
          </Suspense>
        )}
        <Unseen until={known}>
          <Figures from={from} />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: "start" }}>
            <Stack gap="md" miw={0}>
              <Attention />
              <Funnel from={from} />
            </Stack>
            <Stack gap="md" miw={0}>
              {known ? (
                <Suspense fallback={charts}>
                  <Charts from={from} />
                </Suspense>
              ) : (
                charts
              )}
            </Stack>
          </SimpleGrid>
        </Unseen>
      </Stack>
    </Page>
  );
}
