import type { CampaignRules, DueLead } from "../db/due.ts";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { dueAt, type MovedBy } from "../domain/schedule/due.ts";
import { closedBy, closesAt, isOpen, nextOpen } from "../domain/schedule/opening.ts";
import type { ClockedSchedule } from "../domain/schedule/together.ts";
import { offsetAt } from "../domain/schedule/wall-clock.ts";
import { unmet } from "../domain/sequence/condition.ts";
import type { Otherwise } from "../domain/sequence/step.ts";

/**
 * Whether a lead's step may go out at a moment, and if not, when and why not earlier. Pure: what it is given is all it
 * knows, so that a simulation and the planner come to the same answer.
 */
export type Decision =
  /** `before`: when the window closes; null: never. */
  | { kind: "send"; before: number | null }
  | { kind: "wait"; until: number; reason: string }
  | { kind: "hold"; reason: string }
  /** The step is not for this lead (any more). */
  | { kind: "branch"; to: Otherwise; reason: string }
  /** What was waited for has happened: on to the next step. */
  | { kind: "pass"; reason: string }
  /** A person's turn. */
  | { kind: "task" };

/** What of a lead's row decides. */
export type Asked = Pick<
  DueLead,
  | "channel"
  | "action"
  | "anchorAt"
  | "wasWrittenTo"
  | "delay"
  | "leadZone"
  | "touchedAt"
  | "pausedUntil"
  | "pauseReason"
  | "condition"
  | "otherwise"
  | "timeLimit"
  | "known"
  | "senders"
> &
  LeadFields;

/** What a condition asks about. */
export type Questioned = Pick<DueLead, "condition" | "known" | "senders" | "leadZone"> & LeadFields;

export type LeadFields = Pick<
  DueLead,
  | "firstName"
  | "lastName"
  | "company"
  | "title"
  | "linkedinUrl"
  | "phone"
  | "email"
  | "profile"
  | "externalLeadId"
  | "custom"
>;

/** A campaign's rules, compiled once. */
export interface CompiledRules {
  rules: CampaignRules;
  schedule: CompiledSchedule | null;
  /** The same within the hours in which SMS may be sent; the words say why there are none. */
  sms: { schedule: CompiledSchedule } | { reason: string };
}

export function compileRules(rules: CampaignRules): CompiledRules {
  const schedule = rules.schedule ? compileSchedule(rules.schedule) : null;
  const limited = withinDaily(schedule, rules.smsHours);
  return { rules, schedule, sms: limited.ok ? { schedule: limited.schedule } : { reason: limited.reason } };
}

const reasons: Record<MovedBy, string> = {
  holiday: "a holiday of the campaign",
  closed_day: "a day without a sending window",
  outside_window: "outside the campaign's sending windows",
  quiet_hours: "quiet hours for SMS",
  time_change: "the clocks change",
};

/** The lead's zone, else the campaign's, else the workspace's; one that isn't known is passed over. */
export function zoneOf(rules: Pick<CampaignRules, "timeZone" | "workspaceZone">, leadZone: string | null): string {
  for (const zone of [leadZone, rules.timeZone, rules.workspaceZone]) {
    if (zone !== null && isKnown(zone)) return zone;
  }
  return "UTC";
}

const known = new Map<string, boolean>();
function isKnown(zone: string): boolean {
  let answer = known.get(zone);
  if (answer === undefined) {
    try {
      offsetAt(zone, 0);
      answer = true;
    } catch {
      answer = false;
    }
    if (known.size > 2_000) known.clear();
    known.set(zone, answer);
  }
  return answer;
}

type Placed = Pick<Asked, "channel" | "action" | "anchorAt" | "wasWrittenTo" | "delay" | "leadZone">;

/** What a lead's step is bound to: the windows that count for it, and the moment from which its delay counts. */
function boundsOf(compiled: CompiledRules, lead: Placed) {
  const { rules } = compiled;
  const zone = zoneOf(rules, lead.leadZone);
  // The first step's delay counts from the start of the campaign for whoever was in it before.
  const anchor = lead.wasWrittenTo ? lead.anchorAt : Math.max(lead.anchorAt, rules.startedAt?.getTime() ?? 0);
  if (lead.channel === "sms" && lead.action === "message") {
    if ("reason" in compiled.sms) return { reason: `no_window: ${compiled.sms.reason}` };
    return { zone, anchor, schedule: compiled.sms.schedule };
  }
  // Waiting is no sending: it goes on at any hour.
  return { zone, anchor, schedule: lead.action === "wait_for_acceptance" ? null : compiled.schedule };
}

/** The windows that count for a lead's step; null: none are left of them. */
export function windowsFor(compiled: CompiledRules, lead: Placed): ClockedSchedule | null {
  const bounds = boundsOf(compiled, lead);
  return "reason" in bounds ? null : { schedule: bounds.schedule, zone: bounds.zone };
}

/** When a lead's step is due, unix milliseconds; null: never. Other rules may let it wait longer. */
export function dueTime(compiled: CompiledRules, lead: Placed): number | null {
  const bounds = boundsOf(compiled, lead);
  return "reason" in bounds ? null : (dueAt({ ...bounds, delay: lead.delay })?.at ?? null);
}

export function decide(compiled: CompiledRules, lead: Asked, now: number): Decision {
  const { rules } = compiled;
  const bounds = boundsOf(compiled, lead);
  if ("reason" in bounds) return { kind: "hold", reason: bounds.reason! };
  const { zone, anchor, schedule } = bounds;
  const due = dueAt({ anchor, delay: lead.delay, schedule, zone });
  if (!due) return { kind: "hold", reason: "no_window: the campaign's schedule has no opening in the next five years" };
  if (due.at > now) {
    const why = due.movedBy === null ? "the step's delay" : reasons[due.movedBy];
    return { kind: "wait", until: due.at, reason: `${why}; zone ${zone}` };
  }
  if (lead.pausedUntil !== null && lead.pausedUntil > now) {
    return { kind: "wait", until: lead.pausedUntil, reason: `paused: ${lead.pauseReason ?? "the lead is away"}` };
  }
  const asked = ask(rules, lead, anchor, zone, now);
  if (asked) return asked;
  if (!isOpen(schedule, zone, now)) {
    const until = nextOpen(schedule, zone, now);
    if (until === null)
      return { kind: "hold", reason: "no_window: the campaign's schedule has no opening in the next five years" };
    const rule = closedBy(schedule, zone, now);
    return { kind: "wait", until, reason: `${rule ? reasons[rule] : "closed"}; zone ${zone}` };
  }
  if (lead.action === "task") return { kind: "task" };
  const rest = lead.touchedAt === null ? 0 : lead.touchedAt + rules.minTouchGapSeconds * 1000;
  if (rest > now) return { kind: "wait", until: rest, reason: "the time between two messages to the same lead" };
  return { kind: "send", before: closesAt(schedule, zone, now) };
}

/** What the step asks: null: it is for this lead, and a message or a task is due. */
function ask(rules: CampaignRules, lead: Asked, anchor: number, zone: string, now: number): Decision | null {
  const facts = factsOf(rules, lead);
  const to = lead.otherwise ?? "skip";
  const reason = lead.condition === null ? null : unmet(lead.condition, facts, now);
  if (reason !== null) return { kind: "branch", to, reason: `condition: ${reason}` };
  if (lead.action !== "wait_for_acceptance") return null;
  if (facts.connected) return { kind: "pass", reason: "accepted: the invitation was accepted" };
  const limit = lead.timeLimit && dueAt({ anchor, delay: lead.timeLimit, schedule: null, zone });
  if (!limit || limit.at <= now) {
    return { kind: "branch", to, reason: "time_limit: the invitation was not accepted in time" };
  }
  return { kind: "wait", until: limit.at, reason: "the invitation has not been accepted yet" };
}

/** Why, as things are now, a step's condition keeps it from a lead; null: it doesn't. */
export function notFor(rules: CampaignRules, lead: Questioned, now: number): string | null {
  return lead.condition === null ? null : unmet(lead.condition, factsOf(rules, lead), now);
}

/** A lead's own sender decides whether it is connected; where none has written yet, any of the campaign's does. */
function factsOf(rules: CampaignRules, lead: Questioned): Parameters<typeof unmet>[1] {
  const { known } = lead;
  const sender = lead.senders.linkedin;
  const ours = sender ? [sender] : rules.senderIds;
  return {
    connected: known?.connectedWith.some((id) => id === "" || ours.includes(id)) ?? false,
    replied: known?.replied ?? false,
    opened: known?.opened ?? [],
    clicked: known?.clicked ?? [],
    tags: known?.tags ?? [],
    lastTouchAt: known?.lastTouchAt ?? null,
    field: (name) => fieldOf(lead, name),
  };
}

const standardFields = [
  "firstName",
  "lastName",
  "company",
  "title",
  "linkedinUrl",
  "phone",
  "email",
  "profile",
  "externalLeadId",
] as const satisfies readonly (keyof LeadFields)[];

/** A standard field first, so that no custom one takes its place. Empty is nothing. */
function fieldOf(lead: Questioned, name: string): string | null {
  const value =
    name === "timeZone"
      ? lead.leadZone
      : standardFields.some((field) => field === name)
        ? lead[name as (typeof standardFields)[number]]
        : Object.hasOwn(lead.custom, name)
          ? lead.custom[name]
          : null;
  return value === null || value === undefined || value === "" ? null : String(value);
}
