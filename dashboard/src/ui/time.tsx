import { Tooltip } from "@mantine/core";
import { type FocusEvent, type KeyboardEvent, useEffect, useId, useReducer, useRef, useState } from "react";
import { useSession } from "../api/session.ts";
import { now } from "../text/clock.ts";
import { formatBoth, formatDateTime, formatRelative, formatSecond, relativeChangesAfter } from "../text/time.ts";

interface TimeProps {
  /** ISO 8601, as the API gives it. */
  at: string | Date | null | undefined;
  /** `relative` (default): "5 min ago". `absolute`: "5 Jan 2026, 09:30", in the viewer's zone. */
  form?: "relative" | "absolute";
  /** Shown where there is no time. Default: a dash. */
  none?: string;
}

/** Milliseconds of hovering until it shows more; as the theme's tooltips. */
const openDelay = 250;

/** Whether a moment's exact form is shown, and what its element has to listen to. */
function useExact() {
  const [shown, show] = useState(false);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const set = (value: boolean) => {
    clearTimeout(waiting.current);
    show(value);
  };
  const listeners = {
    onPointerEnter: () => {
      clearTimeout(waiting.current);
      waiting.current = setTimeout(show, openDelay, true);
    },
    onPointerLeave: () => set(false),
    onFocus: ({ currentTarget }: FocusEvent) => set(currentTarget.matches(":focus-visible")),
    onBlur: () => set(false),
    onKeyDown: ({ key }: KeyboardEvent) => {
      if (key === "Escape") set(false);
    },
  };
  return [shown, listeners] as const;
}

/** A moment; hovering or focusing it shows it exactly, in the viewer's and in the workspace's zone. */
export function Time({ at, form = "relative", none = "–" }: TimeProps) {
  const zone = useSession().workspace?.timeZone;
  const moment = at ? new Date(at) : null;
  const [, tick] = useReducer((count: number) => count + 1, 0);
  const element = useRef<HTMLTimeElement>(null);
  const [exact, listeners] = useExact();
  const id = useId();
  const ms = moment?.getTime();
  // The text grows old by itself.
  useEffect(() => {
    if (ms === undefined || form !== "relative") return;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      timer = setTimeout(
        () => {
          tick();
          wait();
        },
        relativeChangesAfter(new Date(ms), now()),
      );
    };
    wait();
    return () => clearTimeout(timer);
  }, [ms, form]);
  if (!moment || Number.isNaN(moment.getTime())) return <span>{none}</span>;
  return (
    <>
      <time
        ref={element}
        dateTime={moment.toISOString()}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what hovering shows is to be had by keyboard, too.
        tabIndex={0}
        style={{ whiteSpace: "nowrap" }}
        aria-describedby={exact ? id : undefined}
        {...listeners}
      >
        {form === "relative" ? formatRelative(moment, now()) : formatDateTime(moment)}
      </time>
      {/* Made when it is wanted: in a table, those of its rows would take longer than the rows. */}
      {exact && (
        <Tooltip
          target={element}
          opened
          multiline
          label={
            <span id={id} style={{ whiteSpace: "pre-line" }}>
              {formatBoth(moment, zone).join("\n")}
            </span>
          }
        />
      )}
    </>
  );
}

/** As `Time`, for lists in which rows come many a second: text alone, what hovering shows is the browser's own. */
export function LightTime({ at, className }: { at: string; className?: string | undefined }) {
  const zone = useSession().workspace?.timeZone;
  const moment = new Date(at);
  return (
    <time className={className} dateTime={at} title={formatBoth(moment, zone).join("\n")}>
      {formatSecond(moment)}
    </time>
  );
}
