import {
  aheadInQueue,
  campaignDay,
  type DueLead,
  databaseNow,
  type LeadPlace,
  loadRules,
  placesOf,
  waitingLead,
} from "../db/due.ts";
import { writingReason } from "../db/lead-rest.ts";
import type { Queryable } from "../db/pool.ts";
import type { Slot } from "../domain/pacing.ts";
import { nextOpenTogether } from "../domain/schedule/together.ts";
import { describe } from "../domain/sequence/condition.ts";
import { sends } from "../domain/sequence/step.ts";
import { type CompiledRules, compileRules, decide, windowsFor, zoneOf } from "./decide.ts";
import { localDay, openPaceBook, type PaceBook } from "./pace-book.ts";
import { pickSender, sendersOf } from "./rotation.ts";
import { asking, pacedAction } from "./select.ts";

/** One reason why something does not happen earlier. */
export interface Reason {
  /** Machine-readable: schedule, sender, queue, campaign, held, message, condition, task. */
  rule: string;
  /** In words: "the sender is at 40 of 40 today". */
  detail: string;
  /** Until when it holds, unix milliseconds; null: until somebody acts. */
  until: number | null;
  /** What would change it. */
  change: string;
}

/** A lead's next action in one campaign. */
export interface NextAction {
  place: LeadPlace;
  /** The earliest time, unix milliseconds; null: not foreseeable. */
  at: number | null;
  /** Empty: it happens now. The latest first. */
  reasons: Reason[];
}

/** What happens next for a lead, when, and why not earlier: by the code that plans. */
export async function explainLead(db: Queryable, workspaceId: string, leadId: string): Promise<NextAction[]> {
  const now = await databaseNow(db);
  const actions: NextAction[] = [];
  for (const place of await placesOf(db, workspaceId, leadId)) {
    const reasons = standing(place) ?? (await waiting(db, workspaceId, leadId, place, now));
    const open = reasons.some(({ until }) => until === null);
    const at = open ? null : Math.max(now, ...reasons.map(({ until }) => until!));
    reasons.sort((a, b) => (b.until ?? Number.POSITIVE_INFINITY) - (a.until ?? Number.POSITIVE_INFINITY));
    actions.push({ place, at, reasons });
  }
  return actions;
}

/** Reasons that need no look at a clock; null: it waits for its time. */
function standing(place: LeadPlace): Reason[] | null {
  if (place.state === "held") {
    const change = "Release it: POST /v1/campaigns/{id}/leads/{leadId}/release.";
    return [{ rule: "held", detail: place.stateReason ?? "It is held.", until: null, change }];
  }
  if (place.campaignStatus !== "active") {
    const change = place.campaignStatus === "draft" ? "Start the campaign." : "Resume the campaign.";
    return [{ rule: "campaign", detail: `The campaign is ${place.campaignStatus}.`, until: null, change }];
  }
  if (place.taskId !== null) {
    const detail = "A person has a task to do before the lead goes on.";
    const change = `Do it, then POST /v1/tasks/${place.taskId}/complete.`;
    return [{ rule: "task", detail, until: null, change }];
  }
  if (place.nextAt === null) {
    const detail = "A message to this lead is on its way; the sequence goes on when its outcome is known.";
    const change = `See GET /v1/messages/${place.messageId ?? "{id}"}/explain.`;
    return [{ rule: "message", detail, until: null, change }];
  }
  return null;
}

/** What would let a lead go earlier that waits for this reason of decide.ts. */
function changeOf(reason: string): string {
  if (reason.startsWith("the time between")) return "Lower the workspace's minTouchGapSeconds (PATCH /v1/workspace).";
  if (reason.startsWith("quiet hours")) return "Widen the workspace's smsHours, with an override that goes on record.";
  return "Change the step's delay, the campaign's schedule, or the zone of the lead.";
}

/** What would let a sender send earlier than in this slot. */
export function changeOfSlot({ reason, by }: Slot, senderId: string, besides = ""): string {
  // Its own limits, and further senders, change nothing about that.
  if (by === "workspace") return "Raise the workspace's messagesPerDay (PATCH /v1/workspace).";
  if (by === "park") return `Nothing: the sender ${senderId} goes on by itself then${besides}.`;
  const what = reason?.startsWith("outside of the sender's hours") ? "Widen the schedule" : "Raise the limits";
  return `${what} of the sender ${senderId}${besides}.`;
}

async function waiting(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  place: LeadPlace,
  now: number,
): Promise<Reason[]> {
  const [rules] = await loadRules(db, [{ workspaceId, campaignId: place.campaignId }], 1);
  const lead = await waitingLead(db, workspaceId, place.campaignId, leadId);
  if (!rules || !lead) return [];
  const compiled = compileRules(rules);
  const reasons: Reason[] = [];
  const decision = decide(compiled, lead, now);
  if (decision.kind === "wait") {
    const change = decision.reason.startsWith("paused: ")
      ? endOfRest(lead.pauseReason)
      : lead.action === "wait_for_acceptance"
        ? "The invitation is accepted; or change the step's time limit."
        : changeOf(decision.reason);
    reasons.push({ rule: "schedule", detail: decision.reason, until: decision.until, change });
  } else if (decision.kind === "branch" || decision.kind === "pass") {
    const detail = `Nothing goes out at this step: ${decision.reason.replace(/^\w+: /, "")}.`;
    const change = lead.condition ? `The step goes out if ${describe(lead.condition)}.` : "Nothing: the lead goes on.";
    return [{ rule: "condition", detail, until: now, change }];
  } else if (decision.kind === "hold") {
    reasons.push({ rule: "schedule", detail: decision.reason, until: null, change: "Change the campaign's schedule." });
  }
  // The step isn't due yet, and won't go out then either.
  const away = lead.pausedUntil ?? 0;
  if (decision.kind === "wait" && away > Math.max(now, decision.until)) {
    const detail = `paused: ${lead.pauseReason ?? "the lead is away"}`;
    reasons.push({ rule: "schedule", detail, until: away, change: endOfRest(lead.pauseReason) });
  }
  // A time that was set for another reason: another lead's turn, a quota of the day.
  if (lead.nextAt > (decision.kind === "wait" ? decision.until : now)) {
    const detail = place.waitReason ?? "its time was set so";
    reasons.push({ rule: "campaign", detail, until: lead.nextAt, change: "Raise the limit that the reason names." });
  }
  const { messagesPerDay, newLeadsPerDay } = rules.limits;
  const day = localDay(zoneOf(rules, null), now);
  const done =
    messagesPerDay || newLeadsPerDay ? await campaignDay(db, workspaceId, place.campaignId, day.start) : null;
  const quota = (used: number, cap: number | null | undefined, what: string) => {
    if (!cap || used < cap) return;
    const detail = `the campaign is at ${used} of ${cap} ${what} today`;
    reasons.push({ rule: "campaign", detail, until: day.next, change: "Raise the campaign's limits." });
  };
  if (done) quota(done.messages, messagesPerDay, "messages");
  if (done && !lead.wasWrittenTo) quota(done.newLeads, newLeadsPerDay, "new leads");
  const ids = [...rules.senderIds, ...(["", asking].includes(lead.nextSender) ? [] : [lead.nextSender])];
  const book = await openPaceBook(
    db,
    ids.map((senderId) => ({ workspaceId, senderId })),
    now,
  );
  if (!sends(lead)) return reasons;
  const action = pacedAction(lead.action);
  const senders = sendersOf(rules, book, lead.channel);
  const waitsFor = lead.nextSender === asking ? "" : lead.nextSender;
  const senderId = waitsFor || pickSender(rules, book, senders, lead, action);
  if (senderId === "") {
    const detail = `The campaign has no ${lead.channel} sender.`;
    return [...reasons, { rule: "sender", detail, until: null, change: "Add a sender to the campaign." }];
  }
  const slot = book.slot(senderId, action);
  if (slot.at > now) {
    const until = Number.isFinite(slot.at) ? slot.at : null;
    const change =
      until === null ? `Mend or resume the sender ${senderId}.` : changeOfSlot(slot, senderId, ", or add senders");
    reasons.push({ rule: "sender", detail: slot.reason ?? "the sender's pace", until, change });
  }
  const apart = windowsApart(
    compiled,
    lead,
    book,
    senderId,
    Math.max(now, ...reasons.map(({ until }) => until ?? now)),
  );
  if (apart) reasons.push(apart);
  const ahead = await aheadInQueue(db, lead);
  if (ahead > 0 && (slot.at > now || reasons.length === 0)) {
    const detail = `${ahead}${ahead === 10_000 ? " or more" : ""} leads wait before this one for the same step and sender.`;
    reasons.push({
      rule: "queue",
      detail,
      until: Math.max(now, Number.isFinite(slot.at) ? slot.at : now),
      change:
        slot.by === "workspace" ? changeOfSlot(slot, senderId) : "Add senders to the campaign, or raise their limits.",
    });
  }
  return reasons;
}

/** Where at the time at which the others would let it go the campaign's windows and the sender's hours aren't both open. */
function windowsApart(
  compiled: CompiledRules,
  lead: DueLead,
  book: PaceBook,
  senderId: string,
  from: number,
): Reason | null {
  const hours = book.hoursOf(senderId);
  const windows = windowsFor(compiled, lead);
  if (hours === null || windows === null) return null;
  const until = nextOpenTogether([windows, hours], from);
  if (until === from) return null;
  const both = `the campaign's windows (zone ${windows.zone}) and the hours of the sender ${senderId} (zone ${hours.zone})`;
  const change = `Change the campaign's schedule or that of the sender ${senderId}.`;
  return until === null
    ? { rule: "schedule", detail: `no_window: ${both} are never open at the same time`, until, change }
    : { rule: "schedule", detail: `${both} are not both open before then`, until, change };
}

const endOfRest = (reason: string | null): string =>
  reason === writingReason
    ? "Nothing: it ends by itself a few minutes after the last letter."
    : "End the pause: DELETE /v1/leads/{id}/pause.";
