import { Button, Group, MultiSelect, Skeleton, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconActivity, IconArrowUp } from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { LiveEvent } from "../../api/live.ts";
import { askListEarly, useApiList } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import { eventTypes } from "../../text/event-types.ts";
import { viewerZone } from "../../text/time.ts";
import { Link } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { urlState, useUrlState } from "../../ui/url-state.ts";
import { EventList } from "./event-list.tsx";
import { useLiveLog } from "./live-log.ts";
import { t } from "./texts.ts";

const defaults = { types: [] as string[], leadId: "", campaignId: "", after: "" };

const queryOf = ({ types, leadId, campaignId, after }: ReturnType<typeof urlState<typeof defaults>>) => ({
  limit: 100,
  ...(types.length > 0 && { types: types.join(",") }),
  ...(leadId && { leadId }),
  ...(campaignId && { campaignId }),
  ...(after && { after }),
});

export function early(queries: QueryClient): void {
  askListEarly(queries, "GET /v1/events", { query: queryOf(urlState(defaults)) });
}

export default function EventsPage() {
  const [filters, setFilters] = useUrlState(defaults);
  const { types, leadId, campaignId, after } = filters;
  const query = useMemo(() => queryOf(filters), [filters]);
  const list = useApiList("GET /v1/events", { query });
  const matches = useCallback(
    ({ eventType, data }: LiveEvent) =>
      after === "" &&
      (types.length === 0 || types.includes(eventType)) &&
      (leadId === "" || data.leadId === leadId) &&
      (campaignId === "" || data.campaignId === campaignId),
    [types, leadId, campaignId, after],
  );
  const [holds, setHolds] = useState({ pointer: false, focus: false, scroll: false });
  const onHold = useCallback(
    (why: keyof typeof holds, held: boolean) =>
      setHolds((before) => (before[why] === held ? before : { ...before, [why]: held })),
    [],
  );
  const held = holds.pointer || holds.focus || holds.scroll;
  const live = useLiveLog({ matches, held, onGap: list.retry });
  const rows = list.rows as readonly LiveEvent[];
  const events = useMemo(() => {
    if (live.events.length === 0) return rows;
    const known = new Set(live.events.map(({ eventId }) => eventId));
    return [...live.events, ...rows.filter(({ eventId }) => !known.has(eventId))];
  }, [live.events, rows]);
  const filtered = types.length > 0 || leadId !== "" || campaignId !== "" || after !== "";
  const typed = useDebouncedCallback((change: Partial<typeof filters>) => setFilters(change, { replace: true }), 300);
  return (
    <Page
      title={t.title}
      description={t.description}
      badge={
        after === "" ? <StatusBadge tone={held ? "paused" : "good"}>{held ? t.held : t.live}</StatusBadge> : undefined
      }
    >
      <Group gap="xs" mb="sm" align="flex-end">
        <MultiSelect
          w={{ base: "100%", sm: 300 }}
          aria-label={t.types}
          placeholder={types.length === 0 ? t.types : ""}
          data={eventTypes}
          value={[...types]}
          onChange={(chosen) => setFilters({ types: chosen })}
          searchable
          clearable
        />
        <TextInput
          w={170}
          aria-label={t.lead}
          placeholder={t.lead}
          defaultValue={leadId}
          onChange={({ currentTarget }) => typed({ leadId: currentTarget.value.trim() })}
        />
        <TextInput
          w={170}
          aria-label={t.campaign}
          placeholder={t.campaign}
          defaultValue={campaignId}
          onChange={({ currentTarget }) => typed({ campaignId: currentTarget.value.trim() })}
        />
        <TextInput
          type="datetime-local"
          aria-label={t.since}
          title={`${t.sinceHint}. ${common.byYourClock(viewerZone())}.`}
          defaultValue={localOf(after)}
          onChange={({ currentTarget: { value } }) => typed({ after: value ? new Date(value).toISOString() : "" })}
        />
        {filtered && (
          <Button variant="subtle" color="gray" component={Link} to="/events">
            {common.clearFilters}
          </Button>
        )}
      </Group>
      <Group h={30} mb={4} gap="xs" aria-live="polite">
        {live.waiting > 0 ? (
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={live.release}
          >
            {t.newEvents(live.waiting)}
          </Button>
        ) : (
          <Text size="xs" c="dimmed">
            {after === "" ? t.scrollHint : t.sinceHint}
          </Text>
        )}
      </Group>
      {list.error && events.length === 0 ? (
        <ErrorState error={list.error} retry={list.retry} />
      ) : list.isLoading ? (
        <Skeleton height={420} />
      ) : events.length === 0 && !list.hasMore ? (
        filtered ? (
          <EmptyState title={common.nothingFound} text={common.nothingFoundText} />
        ) : (
          <EmptyState icon={IconActivity} title={t.none} text={t.noneText} />
        )
      ) : (
        <>
          {/* What failed is asked for again by a person: on its own it would ask without end. */}
          <EventList events={events} hasMore={list.hasMore && !list.error} loadMore={list.loadMore} onHold={onHold} />
          {/* Few of many are looked for, a second a page. */}
          {events.length === 0 && list.isLoadingMore && (
            <Text size="sm" c="dimmed" role="status">
              {t.lookingFurther}
            </Text>
          )}
          {list.error ? (
            <Group gap="xs" mt="xs" role="alert">
              <Text size="xs" c="var(--mantine-color-error)">
                {common.moreFailed}
              </Text>
              <Button variant="subtle" color="gray" size="compact-xs" onClick={list.retry}>
                {common.retry}
              </Button>
            </Group>
          ) : null}
        </>
      )}
    </Page>
  );
}

/** As an input of the kind datetime-local has it: in the viewer's zone. */
function localOf(moment: string): string {
  const at = new Date(moment);
  if (moment === "" || Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
