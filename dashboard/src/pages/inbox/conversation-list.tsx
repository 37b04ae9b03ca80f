import { Anchor, Button, SegmentedControl, Select, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import type { Item } from "../../api/client.ts";
import { common } from "../../text/common.ts";
import { Link } from "../../ui/link.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { type Channel, channelIcons, leadName } from "./conversation-looks.ts";
import classes from "./inbox.module.css";
import { MoreFilters } from "./more-filters.tsx";
import { t } from "./texts.ts";

export type Conversation = Item<"GET /v1/conversations">;
export interface Filters {
  state: string;
  channel: string;
  q: string;
  /** Of one lead only; "": of all. */
  leadId: string;
  leadStatus: string;
  /** An email address, `none` for nobody; "": anybody's. */
  assignee: string;
  campaignId: string;
  senderId: string;
}

interface Props {
  list: {
    rows: readonly Conversation[];
    isLoading: boolean;
    error: unknown;
    hasMore: boolean;
    isLoadingMore: boolean;
    loadMore: () => void;
    retry: () => void;
  };
  filters: Filters;
  onFilter: (change: Partial<Filters>, options?: { replace?: boolean }) => void;
  selected: string | null;
  onOpen: (id: string) => void;
}

export function ConversationList({ list, filters, onFilter, selected }: Props) {
  const { state, ...others } = filters;
  const set = Object.entries(others).filter(([, value]) => value !== "");
  const kept = { ...(state !== "open" && { state }), ...Object.fromEntries(set) };
  const search = useDebouncedCallback((q: string) => onFilter({ q }, { replace: true }), 300);
  return (
    <section className={classes.list} aria-label={t.list}>
      <Stack gap={6} className={classes.filters}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t.state}
          value={filters.state}
          onChange={(state) => onFilter({ state })}
          data={Object.entries(t.states).map(([value, label]) => ({ value, label }))}
        />
        <div className={classes.filterRow}>
          <TextInput
            aria-label={t.search}
            placeholder={t.searchShort}
            leftSection={<IconSearch size={14} aria-hidden />}
            defaultValue={filters.q}
            onChange={({ currentTarget }) => search(currentTarget.value.trim())}
          />
          <Select
            aria-label={t.channel}
            placeholder={t.channel}
            clearable
            data={Object.entries(t.channels).map(([value, label]) => ({ value, label }))}
            value={filters.channel || null}
            onChange={(channel) => onFilter({ channel: channel ?? "" })}
          />
        </div>
        <MoreFilters filters={filters} onFilter={onFilter} />
        {filters.leadId && (
          <Text size="xs" c="dimmed">
            {t.ofLead}{" "}
            <Anchor
              component="button"
              type="button"
              size="xs"
              underline="always"
              onClick={() => onFilter({ leadId: "" })}
            >
              {t.allLeads}
            </Anchor>
          </Text>
        )}
      </Stack>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div className={classes.rows} tabIndex={0}>
        {list.error && list.rows.length === 0 ? (
          <ErrorState error={list.error} retry={list.retry} />
        ) : list.isLoading ? (
          <Stack gap="xs" p="sm">
            {[0, 1, 2, 3, 4].map((row) => (
              <Skeleton key={row} height={54} />
            ))}
          </Stack>
        ) : list.rows.length === 0 ? (
          <EmptyState title={t.none} text={set.length > 0 ? t.noneFiltered : t.noneText} />
        ) : (
          list.rows.map((conversation) => (
            <Row
              key={conversation.id}
              conversation={conversation}
              selected={conversation.id === selected}
              search={kept}
            />
          ))
        )}
        {list.hasMore && (
          <Button variant="subtle" color="gray" fullWidth loading={list.isLoadingMore} onClick={list.loadMore}>
            {common.loadMore}
          </Button>
        )}
      </div>
    </section>
  );
}

interface RowProps {
  conversation: Conversation;
  selected: boolean;
  /** The list's filters, so that it stays as it is beside the conversation. */
  search: Record<string, string | undefined>;
}

function Row({ conversation, selected, search: kept }: RowProps) {
  const { id, lead, channel, unread, lastMessageAt, lastMessageText, subject } = conversation;
  const Mark = channelIcons[channel as Channel];
  return (
    <Link
      to={`/inbox/${id}`}
      search={kept}
      className={classes.row}
      aria-current={selected ? "true" : undefined}
      data-unread={unread > 0 || undefined}
    >
      <span className={classes.rowHead}>
        <span className={classes.rowName}>{leadName(lead) || t.noName}</span>
        {unread > 0 && <span className={classes.count}>{unread}</span>}
        <Text size="xs" c="dimmed" component="span">
          <Time at={lastMessageAt} none="" />
        </Text>
      </span>
      <span className={classes.rowText}>
        <Mark size={13} role="img" aria-label={t.channels[channel as Channel]} />
        <span>{lastMessageText || subject || t.nothingWritten}</span>
      </span>
    </Link>
  );
}
