import { Anchor, Badge, Button, Card, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import {
  IconArrowDownLeft,
  IconArrowUpRight,
  IconDatabase,
  IconExternalLink,
  IconNote,
  IconPoint,
} from "@tabler/icons-react";
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

type Entry = Item<"GET /v1/leads/{id}/timeline">;
type Message = Extract<Entry, { kind: "message" }>["message"];
type HeraldEvent = Extract<Entry, { kind: "event" }>["event"];
type Crm = Extract<Entry, { kind: "crm" }>["crm"];

const defaults = { show: "all" };

/** One line of time over all channels and systems: messages with their texts, facts of the event log, CRMs, notes. */
export function Timeline({ leadId }: { leadId: string }) {
  const [{ show }, setShow] = useUrlState(defaults);
  const timeline = useApiList("GET /v1/leads/{id}/timeline", {
    params: { id: leadId },
    query: { show: show === "messages" ? "messages" : "all" },
  });
  const { rows, error } = timeline;
  // Who was found there; the others have nothing to be led to.
  const crms = timeline.first?.crms.filter(({ personId }) => personId !== null) ?? [];
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
      {crms.length > 0 && (
        <Group gap="md" mb="xs">
          {crms.map((crm) => (
            <CrmPerson key={crm.destinationId} crm={crm} />
          ))}
        </Group>
      )}
      {error && rows.length === 0 ? (
        <ErrorState error={error} retry={timeline.retry} />
      ) : timeline.isLoading ? (
        <Skeleton height={180} />
      ) : rows.length === 0 && !timeline.hasMore ? (
        <EmptyState title={t.timelineNone} text={t.timelineNoneText} />
      ) : (
        <ol className={classes.list}>
          {rows.map((entry) => (
            <TimelineEntry key={keyOf(entry)} entry={entry} />
          ))}
        </ol>
      )}
      {error && rows.length > 0 && <ErrorState error={error} retry={timeline.loadMore} />}
      {timeline.hasMore && !error && (
        <Button variant="default" mt="sm" loading={timeline.isLoadingMore} onClick={timeline.loadMore}>
          {common.loadMore}
        </Button>
      )}
    </Card>
  );
}

function keyOf(entry: Entry): string {
  if (entry.kind === "message") return entry.message.id;
  if (entry.kind === "event") return entry.event.eventId;
  if (entry.kind === "crm") return `${entry.eventId} ${entry.crm.destinationId}`;
  return `note ${entry.conversationId}`;
}

function TimelineEntry({ entry }: { entry: Entry }) {
  if (entry.kind === "message") return <MessageEntry message={entry.message} />;
  if (entry.kind === "event") return <EventEntry event={entry.event} />;
  if (entry.kind === "crm") return <CrmEntry entry={entry} />;
  return <NoteEntry entry={entry} />;
}

/** As whom a CRM knows the lead: a link, where it is known where that is. */
function CrmPerson({ crm }: { crm: Crm }) {
  const label = t.inCrm(crm.name);
  if (crm.link === null)
    return (
      <Text size="xs" c="dimmed">
        {label}: {crm.personId}
      </Text>
    );
  return (
    <Anchor href={crm.link} target="_blank" rel="noreferrer" size="xs">
      {label} <IconExternalLink size={12} aria-label={t.newTab} />
    </Anchor>
  );
}

function CrmEntry({ entry }: { entry: Extract<Entry, { kind: "crm" }> }) {
  const { crm, eventId, eventType, outcome, detail, writtenAt } = entry;
  const failed = outcome === "failed";
  return (
    <li className={classes.entry}>
      <span className={classes.mark}>
        <IconDatabase size={14} aria-hidden />
      </span>
      <div className={classes.body}>
        <Group gap={6} wrap="wrap">
          <Text size="sm" component="span">
            {failed ? t.crmFailed(crm.name) : t.crmLogged(crm.name)}
          </Text>
          <TextLink to={`/events/${eventId}`} size="sm">
            {t.events[eventType] ?? eventType}
          </TextLink>
          <Text size="xs" c="dimmed" component="span">
            <Time at={writtenAt} />
          </Text>
        </Group>
        {detail && (
          <Text size="xs" c={failed ? "red" : "dimmed"} className={classes.text}>
            {detail}
          </Text>
        )}
      </div>
    </li>
  );
}

function NoteEntry({ entry }: { entry: Extract<Entry, { kind: "note" }> }) {
  return (
    <li className={classes.entry}>
      <span className={classes.mark}>
        <IconNote size={14} aria-hidden />
      </span>
      <div className={classes.body}>
        <Group gap={6} wrap="wrap">
          <Text size="sm" component="span">
            {t.noteOf(t.channels[entry.channel])}
          </Text>
          <Text size="xs" c="dimmed" component="span">
            <Time at={entry.at} />
          </Text>
          <TextLink to={`/inbox/${entry.conversationId}`} size="xs">
            {t.openConversation}
          </TextLink>
        </Group>
        <Text size="sm" className={classes.text}>
          {entry.text}
        </Text>
      </div>
    </li>
  );
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
