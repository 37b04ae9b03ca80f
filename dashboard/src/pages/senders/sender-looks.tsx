import { IconBrandLinkedin, IconDeviceMobileMessage, IconMail } from "@tabler/icons-react";
import type { Item } from "../../api/client.ts";
import { formatList } from "../../text/format.ts";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { t } from "./texts.ts";

export type Sender = Item<"GET /v1/senders">;
export type Channel = Sender["channel"];

export const channelIcons = { linkedin: IconBrandLinkedin, sms: IconDeviceMobileMessage, email: IconMail } as const;
const tones = { active: "good", paused: "paused", broken: "bad" } as const;
const receivingTones = { ok: "good", waiting: "waiting", failing: "bad" } as const;

export const providerName = (provider: string): string =>
  (t.providers as Readonly<Record<string, string>>)[provider] ?? provider;

export function SenderState({ sender: { status } }: { sender: Sender }) {
  return <StatusBadge tone={tones[status]}>{t.states[status]}</StatusBadge>;
}

export function ReceivingState({ sender: { receiving, provider } }: { sender: Sender }) {
  if (receiving) return <StatusBadge tone={receivingTones[receiving.state]}>{t.receives[receiving.state]}</StatusBadge>;
  return <span>{provider === "sandbox" ? "–" : t.receivesByWebhook}</span>;
}

/** What is wrong with it, in words; null: nothing. */
export const reasonOf = ({ statusReason, receiving }: Sender): string | null =>
  statusReason ?? (receiving?.state === "failing" ? receiving.error : null);

export function paceInWords(pace: Sender["pace"]["message"]): string {
  const words = [
    pace.perDay !== null && t.paceDay(pace.perDay),
    pace.perWeek !== null && t.paceWeek(pace.perWeek),
    pace.minGapSeconds > 0 && t.paceGap(pace.minGapSeconds),
    pace.ramp !== null && t.paceRamp(pace.ramp.start, pace.ramp.step, pace.ramp.ceiling),
  ].filter((word) => word !== false);
  return words.length === 0 ? t.noLimit : formatList(words);
}
