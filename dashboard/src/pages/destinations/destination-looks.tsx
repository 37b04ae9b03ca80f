import type { Item } from "../../api/client.ts";
import { now } from "../../text/clock.ts";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { t } from "./texts.ts";

export type Destination = Item<"GET /v1/destinations">;
export type Kind = Destination["kind"];
export type DeliveryStatus = keyof typeof t.statuses;

/** How a destination fares, in a few words. What is worst comes first. */
export function Health({ destination }: { destination: Destination }) {
  const { tone, text } = healthOf(destination);
  return <StatusBadge tone={tone}>{text}</StatusBadge>;
}

function healthOf({ status, health }: Destination): { tone: Tone; text: string } {
  if (status === "disabled") return { tone: "paused", text: t.disabled };
  if (health.breaker.state === "open") return { tone: "bad", text: t.spared };
  if (health.breaker.state === "half_open") return { tone: "warning", text: t.probing };
  if (health.notifications?.failingSince) return { tone: "bad", text: t.failing(Math.max(1, health.failures)) };
  if (health.failures > 0) return { tone: "warning", text: t.failing(health.failures) };
  if (health.pausedUntil && new Date(health.pausedUntil).getTime() > now()) {
    return { tone: "waiting", text: t.paused };
  }
  if (health.lastSuccessAt === null) return { tone: "neutral", text: t.unused };
  return { tone: "good", text: t.healthy };
}

const tones: Record<DeliveryStatus, Tone> = {
  pending: "waiting",
  delivered: "good",
  failed: "bad",
  filtered: "neutral",
};

export function DeliveryBadge({ status, inFlight }: { status: DeliveryStatus; inFlight: boolean }) {
  return inFlight ? (
    <StatusBadge tone="active">{t.inFlight}</StatusBadge>
  ) : (
    <StatusBadge tone={tones[status]}>{t.statuses[status]}</StatusBadge>
  );
}
