import { getCampaign } from "../db/campaign.ts";
import { databaseNow } from "../db/due.ts";
import { getMessage } from "../db/message.ts";
import { unaskedMessages, waitOfMessage } from "../db/pace.ts";
import type { Queryable } from "../db/pool.ts";
import { leadPause } from "../db/stopping.ts";
import { changeOfSlot, type Reason } from "./explain.ts";
import { openPaceBook } from "./pace-book.ts";
import { quietSms } from "./sms-hours.ts";

export interface ExplainedMessage {
  status: string;
  /** When it is tried next, unix milliseconds; null: not by itself. */
  at: number | null;
  reasons: Reason[];
}

const ended: Record<string, string> = {
  sent: "It went out.",
  failed: "The provider refused it for good, or all attempts were used up.",
  blocked: "A rule forbade it.",
  cancelled: "It was cancelled.",
  received: "It came in.",
};

/** What holds a campaign's message when its turn comes: the campaign's pause, or the lead's. */
async function heldBy(db: Queryable, workspaceId: string, campaignId: string, leadId: string): Promise<Reason | null> {
  const campaign = await getCampaign(db, workspaceId, campaignId);
  if (campaign?.status === "paused") {
    const detail = campaign.pauseReason ? `The campaign is paused: ${campaign.pauseReason}` : "The campaign is paused.";
    return { rule: "campaign", detail, until: null, change: "Resume the campaign." };
  }
  const pause = await leadPause(db, workspaceId, leadId);
  if (!pause) return null;
  const change = `End the pause: DELETE /v1/leads/${leadId}/pause.`;
  return { rule: "schedule", detail: `The lead is away: ${pause.reason}.`, until: pause.until.getTime(), change };
}

/** Why a message has not gone out yet, or what became of it. Null: there is no such message. */
export async function explainMessage(
  db: Queryable,
  workspaceId: string,
  messageId: string,
): Promise<ExplainedMessage | null> {
  const message = await getMessage(db, workspaceId, messageId);
  if (!message) return null;
  const { status, statusDetail } = message;
  const outcome = ended[status];
  const told = (rule: string, detail: string, until: number | null, change: string) =>
    ({ rule, detail, until, change }) satisfies Reason;
  if (outcome !== undefined) {
    const change =
      status === "blocked" ? "Mend what the reason names; a sequence then tries the step again." : "Nothing.";
    return {
      status,
      at: null,
      reasons: [told("outcome", statusDetail ? `${outcome} ${statusDetail}` : outcome, null, change)],
    };
  }
  const now = await databaseNow(db);
  const reasons: Reason[] = [];
  if (status === "held") {
    const change =
      "Resume the campaign; the planner then writes it anew when its time comes (GET /v1/leads/{id}/next).";
    return { status, at: null, reasons: [told("held", statusDetail ?? "It is held.", null, change)] };
  }
  const wait = await waitOfMessage(db, workspaceId, message.senderId, messageId);
  if (status === "uncertain" && wait === null) {
    const change = `Look whether it went out, then POST /v1/messages/${messageId}/resolve.`;
    return { status, at: null, reasons: [told("outcome", statusDetail ?? "It may have gone out.", null, change)] };
  }
  const held = message.campaignId === null ? null : await heldBy(db, workspaceId, message.campaignId, message.leadId);
  if (held && !wait?.leased) reasons.push(held);
  if (wait?.leased) {
    const detail = "Its sender is at work on it: it waits for a free connection, or for the provider's answer.";
    return { status, at: now, reasons: [told("sender", detail, now, "Nothing: it is about to go out.")] };
  }
  const quiet =
    message.channel === "sms" ? (await quietSms(db, [{ workspaceId, ref: messageId }], now)).get(messageId) : undefined;
  if (quiet !== undefined) {
    const change = "Widen the workspace's smsHours, or send it with smsHoursOverride; both go on record.";
    reasons.push(told("schedule", "quiet hours: SMS don't go out at this hour at the lead's place.", quiet, change));
  }
  const book = await openPaceBook(db, [{ workspaceId, senderId: message.senderId }], now);
  // What a person or the API sends goes out at any hour.
  const keepsHours =
    book.hasHours(message.senderId) && (await unaskedMessages(db, [{ workspaceId, ref: messageId }])).size > 0;
  const slot = keepsHours
    ? book.slot(message.senderId, message.action)
    : book.paceSlot(message.senderId, message.action);
  // It was put back by a wait that was counted from a moment later: the hours, or the pace, are why it is due then.
  const byRule = (until: number | undefined) => until !== undefined && Math.abs((wait?.dueAt ?? 0) - until) < 1_000;
  if (wait && wait.dueAt > now && !byRule(quiet) && !(statusDetail === null && byRule(slot.at))) {
    const scheduled = message.scheduledAt !== null && message.scheduledAt.getTime() === wait.dueAt;
    const detail = scheduled ? "It was scheduled for then." : (statusDetail ?? "Its next attempt is due then.");
    const change = scheduled ? "Cancel it and send it anew." : "Nothing; it is tried again by itself.";
    reasons.push(told("schedule", detail, wait.dueAt, change));
  }
  if (slot.at > now) {
    const until = Number.isFinite(slot.at) ? slot.at : null;
    const change =
      until === null ? `Mend or resume the sender ${message.senderId}.` : changeOfSlot(slot, message.senderId);
    reasons.push(told("sender", slot.reason ?? "the sender's pace", until, change));
  }
  const open = reasons.some(({ until }) => until === null);
  return { status, at: open ? null : Math.max(now, ...reasons.map(({ until }) => until!)), reasons };
}
