import { Badge, Button, Card, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowDownLeft, IconArrowUpRight, IconPoint } from "@tabler/icons-react";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useApiList } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { TextLink } from "../../ui/link.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { channelIcons } from "./lead-looks.tsx";
import { t } from "./texts.ts";
import classes from "./timeline.module.css";

type Message = Item<"GET /v1/messages">;
type HeraldEvent = Item<"GET /v1/events">;

const defaults = { show: "all" };
const shown = 50;

/** One line of time over all channels and systems: messages with their texts, and the facts of the event log. */
export function Timeline({ leadId }: { leadId: string }) {
  const [{ show }, setShow] = useUrlState(defaults);
  const messages = useApiList("GET /v1/messages", { query: { leadId, limit: shown } });
  const events = useApiList("GET /v1/events", { query: { leadId, limit: shown } });
  const error = messages.error ?? events.error;
  const loading = messages.isLoading || events.isLoading;
  const entries = merge(
    messages.rows,
    show === "messages" ? [] : events.rows,
    messages.hasMore,
    events.hasMore && show !== "messages",
  );
  const hasMore = messages.hasMore || (show !== "messages" && events.hasMore);
  return (
    <Card component="section" aria-label={t.timeline}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t.timeline}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t.timeline}
          value={show}
          onChange={(value) => setShow({ show: value })}
          data={[
            { value: "all", label: t.everything },
            { value: "messages", label: t.onlyMessages },
          ]}
        />
      </Group>
      {error && entries.length === 0 ? (
        <ErrorState error={error} retry={messages.retry} />
      ) : loading ? (
        <Skeleton height={180} />
      ) : entries.length === 0 ? (
        <EmptyState title={t.timelineNone} text={t.timelineNoneText} />
      ) : (
        <ol className={classes.list}>
          {entries.map((entry) =>
            "message" in entry ? (
              <MessageEntry key={entry.message.id} message={entry.message} />
            ) : (
              <EventEntry key={entry.event.eventId} event={entry.event} />
            ),
          )}
        </ol>
      )}
      {hasMore && (
        <Button
          variant="default"
          mt="sm"
          loading={messages.isLoadingMore || events.isLoadingMore}
          onClick={() => {
            messages.loadMore();
            events.loadMore();
          }}
        >
          {common.loadMore}
        </Button>
      )}
    </Card>
  );
}

type Entry = { at: number; message: Message } | { at: number; event: HeraldEvent };

/** What a message's own entry says already. */
const saidByMessage = new Set(["message.sent", "message.received", "reply.received", "connection_request.sent"]);

/**
 * Newest first. Where one list has more than was loaded, the other is shown only down to where it ends: else what is missing
 * would look as if it hadn't happened.
 */
function merge(
  messages: readonly Message[],
  events: readonly HeraldEvent[],
  moreMessages: boolean,
  moreEvents: boolean,
): Entry[] {
  const entries: Entry[] = [
    ...messages.map((message) => ({ at: Date.parse(message.sentAt ?? message.createdAt), message })),
    ...events
      .filter(({ eventType }) => !saidByMessage.has(eventType))
      .map((event) => ({ at: Date.parse(event.timestamp), event })),
  ].sort((a, b) => b.at - a.at);
  const ends = [
    moreMessages ? Date.parse(messages.at(-1)?.createdAt ?? "") : Number.NEGATIVE_INFINITY,
    moreEvents ? Date.parse(events.at(-1)?.timestamp ?? "") : Number.NEGATIVE_INFINITY,
  ].filter((end) => !Number.isNaN(end));
  const end = Math.max(...ends);
  return entries.filter(({ at }) => at >= end);
}

const bad = new Set<Message["status"]>(["failed", "blocked", "uncertain"]);

function MessageEntry({ message }: { message: Message }) {
  const { channel, direction, subject, text, visibleText, status, statusDetail, source, conversationId } = message;
  const Mark = channelIcons[channel];
  const Arrow = direction === "inbound" ? IconArrowDownLeft : IconArrowUpRight;
  // Only what isn't plain: that it isn't there yet, or that no campaign sent it.
  const label = t.messageStatuses[status] ?? (direction === "outbound" ? t.messageSources[source] : undefined);
  const way = direction === "inbound" ? t.events["message.received"]! : t.events["message.sent"]!;
  return (
    <li className={classes.entry} data-direction={direction}>
      <span className={classes.mark}>
        <Arrow size={14} role="img" aria-label={way} />
      </span>
      <div className={classes.body}>
        <Group gap={6} wrap="wrap">
          <Mark size={14} role="img" aria-label={t.channels[channel]} />
          {label && (
            <Badge color={bad.has(status) ? "red" : "gray"} size="sm" styles={badge}>
              {label}
            </Badge>
          )}
          <Text size="xs" c="dimmed" component="span">
            <Time at={message.sentAt ?? message.createdAt} />
          </Text>
          <TextLink to={`/inbox/${conversationId}`} size="xs">
            {t.openConversation}
          </TextLink>
        </Group>
        {subject && (
          <Text size="sm" fw={600}>
            {subject}
          </Text>
        )}
        <Text size="sm" className={classes.text}>
          {visibleText ?? text}
        </Text>
        {statusDetail && bad.has(status) && (
          <Text size="xs" c="red">
            {statusDetail}
          </Text>
        )}
      </div>
    </li>
  );
}

const badge = { root: { textTransform: "none" as const, fontWeight: 500 } };

function EventEntry({ event }: { event: HeraldEvent }) {
  const [raw, setRaw] = useState(false);
  const { eventType, timestamp, data } = event;
  return (
    <li className={classes.entry}>
      <span className={classes.mark}>
        <IconPoint size={14} aria-hidden />
      </span>
      <div className={classes.body}>
        <Group gap={6} wrap="wrap">
          <Text size="sm" component="span">
            {t.events[eventType] ?? eventType}
          </Text>
          <Text size="sm" c="dimmed" component="span">
            {detailOf(data as Record<string, unknown>)}
          </Text>
          <Text size="xs" c="dimmed" component="span">
            <Time at={timestamp} />
          </Text>
          <Button
            variant="subtle"
            size="compact-xs"
            color="gray"
            fw={400}
            c="dimmed"
            onClick={() => setRaw(!raw)}
            aria-expanded={raw}
          >
            {raw ? t.hideRaw : t.showRaw}
          </Button>
        </Group>
        {raw && (
          <Stack mt={4}>
            <CodeBlock code={JSON.stringify(event, null, 2)} label={eventType} />
          </Stack>
        )}
      </div>
    </li>
  );
}

/** The few words of an event's data that say most. */
function detailOf(data: Record<string, unknown>): string {
  const from = data.previousStatus ?? data.oldStatus;
  const to = data.status ?? data.newStatus;
  const isText = (word: unknown): word is string => typeof word === "string" && word !== "";
  const change = isText(from) && isText(to) ? `${label(from)} → ${label(to)}` : null;
  const [what] = [change, data.reason, data.tag, data.title, data.detail].filter(isText);
  // What a person wrote down with it: of a change of status, of a task that is done.
  return [what, data.note].filter(isText).join(" · ");
}

const label = (status: string): string => (t.statuses as Record<string, string>)[status] ?? status;
