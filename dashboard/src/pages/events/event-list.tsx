import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import type { LiveEvent } from "../../api/live.ts";
import { leadStatuses } from "../../text/lead-statuses.ts";
import { Link } from "../../ui/link.tsx";
import { LightTime } from "../../ui/time.tsx";
import classes from "./event-list.module.css";
import { t } from "./texts.ts";

/** Pixels; as in event-list.module.css. */
const rowHeight = 36;

/** Events, of which only those in sight are drawn. Lighter than DataTable: rows come many a second. */
export function EventList({
  events,
  hasMore,
  loadMore,
  onHold,
}: {
  events: readonly LiveEvent[];
  hasMore: boolean;
  loadMore: () => void;
  /** The pointer or the focus is in the list, or it is scrolled. */
  onHold: (why: "pointer" | "focus" | "scroll", held: boolean) => void;
}) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (index) => events[index]?.eventId ?? index,
  });
  // A list that goes can't say any more that the pointer left it.
  useEffect(
    () => () => {
      for (const why of ["pointer", "focus", "scroll"] as const) onHold(why, false);
    },
    [onHold],
  );
  const last = virtual.range?.endIndex ?? -1;
  useEffect(() => {
    if (hasMore && last >= events.length - 15) loadMore();
  }, [hasMore, last, events.length, loadMore]);
  return (
    <section
      ref={box}
      className={classes.box}
      style={{ height: "max(320px, calc(100dvh - 240px))" }}
      aria-label={t.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onPointerEnter={() => onHold("pointer", true)}
      onPointerLeave={() => onHold("pointer", false)}
      onFocus={() => onHold("focus", true)}
      onBlur={({ currentTarget, relatedTarget }) => onHold("focus", currentTarget.contains(relatedTarget))}
      onScroll={({ currentTarget }) => onHold("scroll", currentTarget.scrollTop > rowHeight)}
    >
      <div style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const event = events[index];
          return event ? <Row key={key} event={event} top={start} /> : null;
        })}
      </div>
    </section>
  );
}

const Row = memo(function Row({ event, top }: { event: LiveEvent; top: number }) {
  return (
    <Link to={`/events/${event.eventId}`} className={classes.row} style={{ transform: `translateY(${top}px)` }}>
      <span className={classes.type}>{event.eventType}</span>
      <span className={classes.what}>{summaryOf(event)}</span>
      <LightTime className={classes.time} at={event.timestamp} />
    </Link>
  );
});

const statusWord = (status: string) => (leadStatuses as Record<string, string>)[status] ?? status;

/** What tells events of a type apart, as far as they have it. */
function summaryOf({ data }: LiveEvent): string {
  const person = [data.firstName, data.lastName].filter(Boolean).join(" ") || data.email || data.leadId;
  const change = data.newStatus && `${statusWord(data.previousStatus ?? "")} → ${statusWord(data.newStatus)}`;
  const text = data.content?.text ?? data.reply ?? data.reason ?? data.name;
  return [data.channel, person, change, typeof text === "string" ? text.slice(0, 200) : null]
    .filter((part) => typeof part === "string" && part !== "")
    .join(" · ");
}
