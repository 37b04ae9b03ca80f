import type { CampaignRules, DueLead } from "../db/due.ts";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { dueAt, type MovedBy } from "../domain/schedule/due.ts";
import { closedBy, closesAt, isOpen, nextOpen } from "../domain/schedule/opening.ts";
import { offsetAt } from "../domain/schedule/wall-clock.ts";

/**
 * Whether a lead's step may go out at a moment, and if not, when and why not earlier. Pure: what it is given is all it
 * knows, so that a simulation and the planner come to the same answer.
 */
export type Decision =
  /** `before`: when the window closes; null: never. */
  | { kind: "send"; before: number | null }
  | { kind: "wait"; until: number; reason: string }
  | { kind: "hold"; reason: string };

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
export function zoneOf(rules: CampaignRules, leadZone: string | null): string {
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

export function decide(
  compiled: CompiledRules,
  lead: Pick<DueLead, "channel" | "anchorAt" | "wasWrittenTo" | "delay" | "leadZone" | "touchedAt">,
  now: number,
): Decision {
  const { rules } = compiled;
  const zone = zoneOf(rules, lead.leadZone);
  let { schedule } = compiled;
  if (lead.channel === "sms") {
    if ("reason" in compiled.sms) return { kind: "hold", reason: `no_window: ${compiled.sms.reason}` };
    schedule = compiled.sms.schedule;
  }
  // The first step's delay counts from the start of the campaign for whoever was in it before.
  const anchor = lead.wasWrittenTo ? lead.anchorAt : Math.max(lead.anchorAt, rules.startedAt?.getTime() ?? 0);
  const due = dueAt({ anchor, delay: lead.delay, schedule, zone });
  if (!due) return { kind: "hold", reason: "no_window: the campaign's schedule has no opening in the next five years" };
  if (due.at > now) {
    const why = due.movedBy === null ? "the step's delay" : reasons[due.movedBy];
    return { kind: "wait", until: due.at, reason: `${why}; zone ${zone}` };
  }
  if (!isOpen(schedule, zone, now)) {
    const until = nextOpen(schedule, zone, now);
    if (until === null)
      return { kind: "hold", reason: "no_window: the campaign's schedule has no opening in the next five years" };
    const rule = closedBy(schedule, zone, now);
    return { kind: "wait", until, reason: `${rule ? reasons[rule] : "closed"}; zone ${zone}` };
  }
  const rest = lead.touchedAt === null ? 0 : lead.touchedAt + rules.minTouchGapSeconds * 1000;
  if (rest > now) return { kind: "wait", until: rest, reason: "the time between two messages to the same lead" };
  return { kind: "send", before: closesAt(schedule, zone, now) };
}
