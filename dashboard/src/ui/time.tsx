import { Tooltip } from "@mantine/core";
import { useEffect, useReducer } from "react";
import { useSession } from "../api/session.ts";
import { formatBoth, formatDateTime, formatRelative, formatSecond, relativeChangesAfter } from "../text/time.ts";

interface TimeProps {
  /** ISO 8601, as the API gives it. */
  at: string | Date | null | undefined;
  /** `relative` (default): "5 min ago". `absolute`: "5 Jan 2026, 09:30", in the viewer's zone. */
  form?: "relative" | "absolute";
  /** Shown where there is no time. Default: a dash. */
  none?: string;
}

/** A moment; hovering or focusing it shows it exactly, in the viewer's and in the workspace's zone. */
export function Time({ at, form = "relative", none = "–" }: TimeProps) {
  const zone = useSession().workspace?.timeZone;
  const moment = at ? new Date(at) : null;
  const [, tick] = useReducer((count: number) => count + 1, 0);
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
        relativeChangesAfter(new Date(ms), Date.now()),
      );
    };
    wait();
    return () => clearTimeout(timer);
  }, [ms, form]);
  if (!moment || Number.isNaN(moment.getTime())) return <span>{none}</span>;
  return (
    <Tooltip multiline label={<span style={{ whiteSpace: "pre-line" }}>{formatBoth(moment, zone).join("\n")}</span>}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what hovering shows is to be had by keyboard, too. */}
      <time dateTime={moment.toISOString()} tabIndex={0} style={{ whiteSpace: "nowrap" }}>
        {form === "relative" ? formatRelative(moment, Date.now()) : formatDateTime(moment)}
      </time>
    </Tooltip>
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
