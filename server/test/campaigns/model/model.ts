import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import type { Call, EndPlace, Facts, RunRecord } from "./record.ts";
import { reconcileAfterSeconds } from "./worker.ts";

/**
 * The rules, written down a second time and as simply as possible, over what the provider got and what is in the tables at
 * the end. Nothing here is taken from the code that plans or sends; times are computed from a table of offsets.
 */
const hour = 3_600_000;
const day = 24 * hour;

/** Hours before or after UTC, from an instant on; the year 2026. */
const offsets: Record<string, [number, number][]> = {
  UTC: [[0, 0]],
  "Asia/Tokyo": [[0, 9]],
  "America/New_York": [
    [0, -5],
    [Date.UTC(2026, 2, 8, 7), -4],
    [Date.UTC(2026, 10, 1, 6), -5],
    [Date.UTC(2027, 2, 14, 7), -4],
  ],
  "Europe/Berlin": [
    [0, 1],
    [Date.UTC(2026, 2, 29, 1), 2],
    [Date.UTC(2026, 9, 25, 1), 1],
    [Date.UTC(2027, 2, 28, 1), 2],
  ],
};

/** What the clock on the wall shows, as a time in UTC. */
function wall(zone: string, at: number): Date {
  const [, hours] = offsets[zone]!.findLast(([from]) => from <= at)!;
  return new Date(at + hours * hour);
}

const dateOf = (zone: string, at: number) => wall(zone, at).toISOString().slice(0, 10);
const names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

function within(ranges: readonly { from: string; to: string }[], at: Date): boolean {
  const time = at.toISOString().slice(11, 16);
  return ranges.some(({ from, to }) => from <= time && time < to);
}

function open(schedule: Schedule | null, at: Date): boolean {
  if (schedule === null) return true;
  if (schedule.holidays.includes(at.toISOString().slice(0, 10))) return false;
  return within(schedule.windows[names[at.getUTCDay()]!] ?? [], at);
}

type Rule = (run: RunRecord) => string[];

/** A rule about each call alone. `null`: it was in order. */
function each(judge: (call: Call, run: RunRecord) => string | null): Rule {
  return (run) =>
    run.calls.flatMap((call) => {
      const problem = judge(call, run);
      return problem === null ? [] : [`${nameOf(call)}: ${problem}`];
    });
}

function nameOf(call: Call): string {
  const time = new Date(call.at).toISOString().slice(5, 19);
  return `call ${call.n} (${time} ${call.senderId} to ${call.leadId}, ${call.campaignId ?? "API"} ${call.stepId ?? ""})`;
}

const campaignOf = (call: Call) => (call.campaignId === null ? null : call.facts.campaigns[call.campaignId]!);
const leadOf = (call: Call) => call.facts.leads[call.leadId]!;
const acceptedBefore = (call: Call, run: RunRecord) => run.calls.filter((other) => other.accepted && other.n < call.n);

const zoneOf = ({ leads }: Facts, leadId: string, zone: string) => {
  const own = leads[leadId]!.zone;
  return own !== null && own in offsets ? own : zone;
};

const running: Rule = each((call) => (campaignOf(call)?.running === false ? "its campaign did not run" : null));

const wanted: Rule = each((call) => {
  const { done, left } = leadOf(call);
  if (call.campaignId === null) return null;
  if (done) return "the lead had answered, or wants no more";
  return left.includes(call.campaignId) ? "the lead had been taken out" : null;
});

const notSuppressed: Rule = each(({ facts, channel, to }) =>
  facts.suppressed.includes(`${channel} ${to}`) || facts.suppressed.includes(`all ${to}`)
    ? `${to} is suppressed`
    : null,
);

const rightAddress: Rule = each((call) =>
  call.to === leadOf(call)[call.channel as "sms" | "email"] ? null : `it went to ${call.to}`,
);

const inWindow: Rule = each((call, { zone, smsHours }) => {
  const campaign = campaignOf(call);
  if (!campaign) return null;
  const at = wall(zoneOf(call.facts, call.leadId, zone), call.at);
  if (!open(campaign.schedule, at)) return `outside the window: ${at.toISOString()} at the lead's place`;
  return call.channel === "sms" && !within([smsHours], at) ? `quiet hours: ${at.toISOString()}` : null;
});

/** What a campaign sends; by API a message goes out at any hour. */
const inHours: Rule = each((call) => {
  const hours = call.facts.senders[call.senderId]?.hours;
  if (call.campaignId === null || !hours) return null;
  const at = wall(hours.zone, call.at);
  return open(hours.schedule, at) ? null : `outside the sender's hours: ${at.toISOString()} at its place`;
});

const stepExists: Rule = each((call) =>
  campaignOf(call)?.steps.some(({ id }) => id === call.stepId) === false ? "the step was not in the campaign" : null,
);

const senderPace: Rule = each((call, run) => {
  if (!call.accepted) return null;
  const { perDay, perWeek, minGapSeconds } = call.facts.senders[call.senderId]!.limits;
  const before = acceptedBefore(call, run).filter((other) => other.senderId === call.senderId);
  const today = before.filter(({ at }) => dateOf(run.zone, at) === dateOf(run.zone, call.at)).length;
  if (perDay !== undefined && today >= perDay) return `the sender had ${today} of ${perDay} that day`;
  const week = before.filter(({ at }) => at > call.at - 7 * day && at <= call.at).length;
  if (perWeek !== undefined && week >= perWeek) return `the sender had ${week} of ${perWeek} in 7 days`;
  const near = before.find(({ at }) => at <= call.at && at > call.at - (minGapSeconds ?? 0) * 1000);
  return near ? `${(call.at - near.at) / 1000} s after ${nameOf(near)}` : null;
});

const campaignPace: Rule = each((call, run) => {
  const campaign = campaignOf(call);
  if (!call.accepted || !campaign) return null;
  const { messagesPerDay, newLeadsPerDay } = campaign.limits;
  const today = dateOf(run.zone, call.at);
  const before = acceptedBefore(call, run).filter(({ campaignId }) => campaignId === call.campaignId);
  const sameDay = before.filter(({ at }) => dateOf(run.zone, at) === today);
  if (messagesPerDay !== undefined && sameDay.length >= messagesPerDay)
    return `the campaign had ${sameDay.length} of ${messagesPerDay} messages that day`;
  // A lead is new on the day on which it got its first message.
  if (newLeadsPerDay === undefined || before.some(({ leadId }) => leadId === call.leadId)) return null;
  const first = sameDay.filter((one) => !before.some((two) => two.leadId === one.leadId && two.n < one.n));
  return first.length >= newLeadsPerDay
    ? `the campaign had ${first.length} of ${newLeadsPerDay} new leads that day`
    : null;
});

/** The delay counts from the step that went out before; before the first, from the start or the lead's coming. */
const delayed: Rule = each((call, run) => {
  const campaign = campaignOf(call);
  if (!campaign || call.campaignId === null || run.edited.includes(call.campaignId)) return null;
  const step = campaign.steps.find(({ id }) => id === call.stepId);
  if (!step) return null;
  const previous = acceptedBefore(call, run).findLast(
    (other) => other.leadId === call.leadId && other.campaignId === call.campaignId,
  );
  const from = previous?.at ?? Math.max(campaign.startedAt ?? 0, leadOf(call).since[call.campaignId]!);
  const { amount, unit } = step.delay;
  if (unit === "days") {
    if (run.moved.includes(call.leadId)) return null;
    const zone = zoneOf(call.facts, call.leadId, run.zone);
    const days = (Date.parse(dateOf(zone, call.at)) - Date.parse(dateOf(zone, from))) / day;
    return days < amount ? `${days} days after the step before, not ${amount}` : null;
  }
  const least = amount * { seconds: 1_000, minutes: 60_000, hours: hour, business_days: 0 }[unit];
  return call.at - from < least ? `${(call.at - from) / hour} h after the step before, not ${amount} ${unit}` : null;
});

/** Nobody is taken back to a step that stands before one that went out. */
const inOrder: Rule = each((call, run) => {
  const steps = campaignOf(call)?.steps.map(({ id }) => id);
  if (!steps) return null;
  const place = steps.indexOf(call.stepId!);
  const later = acceptedBefore(call, run).find(
    (other) =>
      other.leadId === call.leadId && other.campaignId === call.campaignId && steps.indexOf(other.stepId!) > place,
  );
  // Steps can be put in another order: then one that stands before may come after.
  return later && !run.edited.includes(call.campaignId!) ? `after ${nameOf(later)}` : null;
});

const neverTwice: Rule = ({ calls }) =>
  [
    ...Map.groupBy(
      calls.filter(({ accepted }) => accepted),
      identity,
    ),
  ].flatMap(([, same]) => (same.length > 1 ? [`twice: ${same.map(nameOf).join("; ")}`] : []));

/** By API each message is one of its own. */
const identity = ({ campaignId, leadId, stepId, messageId }: Call) =>
  campaignId === null ? messageId : `${campaignId} ${leadId} ${stepId}`;

/** After an attempt whose end isn't known, somebody asked before the next: the provider, when it can be believed, or a person. */
const neverBlindly: Rule = ({ calls, lookUps }) =>
  [...Map.groupBy(calls, ({ messageId }) => messageId).values()].flatMap((same) =>
    same.slice(1).flatMap((call, i) => {
      const before = same[i]!;
      if (before.known) return [];
      const asked = lookUps.some(
        ({ messageId, seq, found, by, at }) =>
          messageId === call.messageId &&
          seq > before.seq &&
          seq < call.seq &&
          !found &&
          (by === "person" || at >= before.at + reconcileAfterSeconds * 1000),
      );
      return asked ? [] : [`${nameOf(call)} repeats ${nameOf(before)}, and nobody asked`];
    }),
  );

const tablesSayWhatHappened: Rule = ({ calls, messages }) => {
  const got = Map.groupBy(
    calls.filter(({ accepted }) => accepted),
    ({ messageId }) => messageId,
  );
  return messages.flatMap(({ id, status, lead_id }) => {
    const name = `message ${id} of ${lead_id} is ${status}`;
    if (status === "sent") return got.has(id) ? [] : [`${name}, and nobody got it`];
    if (got.has(id)) return status === "uncertain" ? [] : [`${name}, and the provider accepted it`];
    return ["queued", "sending"].includes(status) ? [`${name} at the end`] : [];
  });
};

/** At the end each lead is done, stopped or held with a reason that is true, or behind a message that only a person can decide. */
const nobodyForgotten: Rule = (run) =>
  run.places.flatMap((place) => {
    const problem = forgotten(place, run);
    return problem === null ? [] : [`${place.lead_id} in ${place.campaign_id} is ${place.state}: ${problem}`];
  });

function forgotten(place: EndPlace, run: RunRecord): string | null {
  const { lead_id, campaign_id } = place;
  const own = run.messages.filter((message) => message.lead_id === lead_id && message.campaign_id === campaign_id);
  if (place.campaign_status === "draft") return null;
  switch (place.state) {
    case "finished":
      return run.edited.includes(campaign_id) || own.length === stepsOf(campaign_id, run)
        ? null
        : "without all its steps";
    case "stopped": {
      const code = place.state_reason?.split(":")[0] ?? "no reason";
      const refused = run.calls.some(
        (call) => call.leadId === lead_id && (call.verdict === "permanent" || call.verdict === "optedOut"),
      );
      const known = [...run.ever[lead_id]!, ...(refused ? ["refused", "opted_out", "suppressed"] : [])];
      return known.includes(code) ? null : `stopped for ${place.state_reason}, which is not so`;
    }
    case "held":
      return /^(too_late|no_window): /.test(place.state_reason ?? "") ? null : `held for ${place.state_reason}`;
    case "active":
      if (own.some(({ status }) => status === "uncertain")) return null;
      return `it waits for ${place.next_at?.toISOString() ?? "nothing"} at ${place.next_step_id}, and the campaign is ${place.campaign_status}`;
  }
}

function stepsOf(campaignId: string, run: RunRecord): number {
  return run.stepCounts[campaignId]!;
}

const nothingDrifts: Rule = ({ lanes, left }) => [
  ...lanes.flatMap(({ id, leased, rows }) =>
    leased === rows ? [] : [`lane ${id} counts ${leased} leased rows, and has ${rows}`],
  ),
  ...(left > 0 ? [`${left} rows are left in the outbox`] : []),
];

const noErrors: Rule = ({ errors }) => errors;

const rules: Record<string, Rule> = {
  running,
  wanted,
  notSuppressed,
  rightAddress,
  inWindow,
  inHours,
  stepExists,
  senderPace,
  campaignPace,
  delayed,
  inOrder,
  neverTwice,
  neverBlindly,
  tablesSayWhatHappened,
  nobodyForgotten,
  nothingDrifts,
  noErrors,
};

/** What was not as it should be, each with the name of its rule. */
export function judge(run: RunRecord): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => rule(run).map((problem) => `${name}: ${problem}`));
}
