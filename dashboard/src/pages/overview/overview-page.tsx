import { SegmentedControl, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { sessionQuery, useSignedIn } from "../../api/session.ts";
import { Page } from "../../ui/page.tsx";
import { Unseen } from "../../ui/unseen.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { whenOnline } from "../../ui/when-online.ts";
import { Attention } from "./attention.tsx";
import { askEarly, defaults, fromOf, isAnswered, rangeOf, ranges } from "./calls.ts";
import { Figures, Funnel } from "./figures.tsx";
import { startEnded } from "./start-store.ts";
import { t } from "./texts.ts";

// For new workspaces.
const loadStart = whenOnline(() => import("./start.tsx"));
const LazyStart = lazy(loadStart);
/** Once it is there, it is rendered with the rest: a lazy part is rendered after it, and the page would be seen only then. */
let loadedStart: typeof LazyStart | Awaited<ReturnType<typeof loadStart>>["default"] | null = null;
// Behind the figures, which are what one reads first.
const Charts = lazy(whenOnline(() => import("./charts.tsx")));

// Their code takes long to run, and would hold up what is to be seen first.
const charts = <Skeleton height={616} radius="md" />;

/** Asked for before the page is rendered, and not once it is; with it the part that only new workspaces see. */
export function early(queries: QueryClient): void {
  const workspace = queries.getQueryData(sessionQuery.queryKey)?.workspace;
  if (workspace && !startEnded(workspace.id))
    void loadStart().then((part) => {
      loadedStart = part.default;
    });
  askEarly(queries);
}

export default function OverviewPage() {
  const { workspace } = useSignedIn();
  const [{ days: given }, set] = useUrlState(defaults);
  const days = rangeOf(given);
  const { timeZone } = workspace;
  // Whose first steps are known, if it has any left.
  const queries = useQueryClient();
  const [lookedAt, setLookedAt] = useState(() => (loadedStart && isAnswered(queries) ? workspace.id : null));
  const [Start] = useState(() => loadedStart ?? LazyStart);
  const ended = startEnded(workspace.id);
  const known = ended || lookedAt === workspace.id;
  const onKnown = useCallback(() => setLookedAt(workspace.id), [workspace.id]);
  const from = useMemo(() => fromOf(days, timeZone), [days, timeZone]);
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
