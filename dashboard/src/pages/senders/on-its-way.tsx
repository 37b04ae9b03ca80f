import { Text } from "@mantine/core";
import { useThrottledCallback } from "@mantine/hooks";
import { useCallback, useEffect } from "react";
import { useLiveEvents } from "../../api/live-queries.ts";
import { useApi } from "../../api/query.ts";
import { Time } from "../../ui/time.tsx";
import classes from "./sandbox-box.module.css";
import type { Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

/** What was accepted and hasn't arrived, with the reason: quiet hours, the pace, a pause. Nothing where nothing waits. */
export function OnItsWay({ sender }: { sender: Sender }) {
  const { data, refetch } = useApi("GET /v1/senders/{id}/waiting", { params: { id: sender.id }, query: { limit: 5 } });
  const again = useThrottledCallback(() => void refetch(), 1_500);
  useLiveEvents(useCallback(({ eventType }) => eventType.startsWith("message.") && again(), [again]));
  // Nothing tells that a message was accepted: no event, until it goes out.
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), 5_000);
    return () => clearInterval(timer);
  }, [again]);
  if (!data || data.data.length === 0) return null;
  return (
    <section aria-label={t.onItsWay} className={classes.waiting}>
      <Text size="sm" fw={600}>
        {t.onItsWay}
      </Text>
      <ul>
        {data.data.map(({ id, to, subject, text, at, reasons }) => (
          <li key={id}>
            <Text size="sm" truncate>
              {to}: {subject || text || t.invitation}
            </Text>
            <Text size="xs" c="dimmed" component="div">
              {reasons.length === 0 && t.goesOutNow}
              {reasons.map(({ rule, detail, change }) => (
                <span key={`${rule} ${detail}`} title={change}>
                  {detail}{" "}
                </span>
              ))}
              {at && reasons.length > 0 && (
                <>
                  {t.goesOut} <Time at={at} />
                </>
              )}
            </Text>
          </li>
        ))}
      </ul>
      {data.more && (
        <Text size="xs" c="dimmed">
          {t.moreWait}
        </Text>
      )}
    </section>
  );
}
