import fc from "fast-check";
import type { Delay } from "../../../src/domain/schedule/delay.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";

/**
 * What can happen to campaigns, as data: a setting to begin with and a list of actions. Data, so that a failing history can
 * be made smaller and run again. Everything is named by a number that is taken modulo what there is, so that no action is
 * ever out of place.
 */
export interface StepShape {
  channel: "sms" | "email";
  delay: Delay;
}

export interface SenderLimitsShape {
  perDay?: number;
  perWeek?: number;
  minGapSeconds?: number;
  jitter?: number;
}

/** When a sender is at work, by a clock of its own; of campaigns nothing goes out at other times. */
export interface SenderHoursShape {
  schedule: Schedule;
  zone: string;
}

export interface CampaignShape {
  steps: StepShape[];
  schedule: Schedule | null;
  limits: { messagesPerDay?: number; newLeadsPerDay?: number };
  maxLatenessSeconds: number | null;
  rotation: "fixed" | "longest_idle" | "weighted";
  onSenderPaused: "wait" | "move";
}

export interface Setting {
  startsAt: number;
  workers: number;
  /** Whether processes keep a record of their hand-overs that is found after their death. */
  recorder: boolean;
  zone: string;
  smsHours: { from: string; to: string };
  leadZones: (string | null)[];
  /** Two channels, each with senders; the provider of those for email can't be asked what became of a message. */
  senders: { sms: SenderLimitsShape[]; email: SenderLimitsShape[] };
  /** Of the senders in turn; default: none has any. */
  senderHours?: (SenderHoursShape | null)[];
  /** All leads are in the first; in the second, which shares its leads, those with an even number. */
  campaigns: CampaignShape[];
  /** What the provider does with its first, second, ... call; the rest are accepted. */
  verdicts: Verdict[];
}

/**
 * accept, and `answerLost`: it has it. temporary, throttled, permanent, optedOut, broken: surely refused, for now or for
 * good. lost: it never came there, and the caller can't know.
 */
export type Verdict =
  | "accept"
  | "answerLost"
  | "lost"
  | "throws"
  | "temporary"
  | "throttled"
  | "permanent"
  | "optedOut"
  | "broken";

/** Where a worker can be made to stand still: before it commits attempts, calls, hears the answer, writes the outcome. */
export type Gate = "prepare" | "perform" | "send" | "settle";

export type Edit =
  | { edit: "remove"; step: number }
  | { edit: "add"; at: number; shape: StepShape }
  | { edit: "delay"; step: number; delay: Delay }
  | { edit: "swap"; step: number }
  | { edit: "text"; step: number };

/** What forbids messages: may happen while workers work. */
export type Forbidding =
  | { do: "pause"; campaign: number }
  | { do: "reply"; lead: number; status: "REPLY_RECEIVED" | "NOT_INTERESTED" | "MEETING_BOOKED" }
  | { do: "optOut"; lead: number; channel: "sms" | "email" | "all" }
  | { do: "stopLead"; campaign: number; lead: number };

export type Action =
  | Forbidding
  | { do: "start"; campaign: number }
  | { do: "resume"; campaign: number }
  | { do: "readmit"; lead: number }
  | { do: "enroll"; campaign: number; zone: string | null }
  | { do: "release"; campaign: number; lead: number }
  | { do: "resolve" }
  | { do: "cancel"; message: number }
  | { do: "editSteps"; campaign: number; change: Edit }
  | { do: "schedule"; campaign: number; schedule: Schedule | null }
  | { do: "campaignLimits"; campaign: number; limits: CampaignShape["limits"] }
  | { do: "zone"; lead: number; zone: string | null }
  | { do: "address"; lead: number }
  | { do: "senderLimits"; sender: number; limits: SenderLimitsShape }
  | { do: "senderHours"; sender: number; hours: SenderHoursShape | null }
  | { do: "pauseSender"; sender: number }
  | { do: "mendSender"; sender: number }
  | { do: "dropSender"; sender: number }
  | { do: "submit"; lead: number; channel: "sms" | "email" }
  | { do: "work"; workers: number[]; meanwhile: Forbidding | null }
  | { do: "stall"; worker: number; gate: Gate; meanwhile: Forbidding | null; wait: number | null; goOn: boolean }
  | { do: "go"; worker: number }
  | { do: "crash"; worker: number }
  | { do: "crashAt"; worker: number; statement: number; after: boolean }
  | { do: "bury" }
  | { do: "pass"; seconds: number }
  | { do: "jump"; seconds: number }
  | { do: "flow"; hours: number };

export interface History {
  setting: Setting;
  actions: Action[];
}

const hour = 3_600_000;
/** A Monday at 08:00 UTC. Within the next weeks clocks change in two of the zones. */
export const monday = Date.UTC(2026, 2, 2, 8);

export const zones = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Mars/Olympus"] as const;

const zone = fc.option(fc.constantFrom(...zones));
const delay = fc.constantFrom<Delay>(
  { amount: 0, unit: "seconds" },
  { amount: 0, unit: "seconds" },
  { amount: 90, unit: "minutes" },
  { amount: 5, unit: "hours" },
  { amount: 1, unit: "days" },
);
const step = fc.record<StepShape>({ channel: fc.constantFrom("sms", "email"), delay });

const office = { from: "09:00", to: "17:00" };
const schedule = fc.constantFrom<Schedule | null>(
  null,
  {
    windows: { monday: [office], tuesday: [office], wednesday: [office], thursday: [office], friday: [office] },
    holidays: ["2026-03-04"],
  },
  {
    windows: {
      monday: [
        { from: "08:30", to: "10:00" },
        { from: "14:00", to: "16:00" },
      ],
      sunday: [{ from: "00:00", to: "24:00" }],
      tuesday: [{ from: "00:00", to: "24:00" }],
    },
    holidays: [],
  },
);

const senderLimits = fc.constantFrom<SenderLimitsShape>(
  {},
  { perDay: 2 },
  { minGapSeconds: 600 },
  { perDay: 3, minGapSeconds: 60, jitter: 0.5 },
  { perWeek: 4 },
);
/** Each lets some of every window above be open, wherever the lead is: else nobody would ever be done. */
const senderHours = fc.constantFrom<SenderHoursShape | null>(
  null,
  { schedule: daily([{ from: "06:00", to: "20:00" }], []), zone: "UTC" },
  {
    schedule: daily(
      [
        { from: "00:00", to: "11:00" },
        { from: "15:00", to: "24:00" },
      ],
      ["2026-03-05", "2026-03-31"],
    ),
    zone: "Europe/Berlin",
  },
);

function daily(ranges: { from: string; to: string }[], holidays: string[]): Schedule {
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "sunday"] as const;
  return { windows: Object.fromEntries(days.map((day) => [day, ranges])), holidays };
}

const campaignLimits = fc.constantFrom<CampaignShape["limits"]>(
  {},
  {},
  { messagesPerDay: 3 },
  { newLeadsPerDay: 1 },
  { messagesPerDay: 4, newLeadsPerDay: 2 },
);

const campaign = fc.record<CampaignShape>({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  schedule,
  limits: campaignLimits,
  maxLatenessSeconds: fc.constantFrom(null, null, null, 3_600),
  rotation: fc.constantFrom("fixed", "longest_idle", "weighted"),
  onSenderPaused: fc.constantFrom("wait", "move"),
});

const verdict = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Verdict>("accept") },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Verdict>("answerLost", "lost", "throws", "temporary", "throttled"),
  },
  { weight: 1, arbitrary: fc.constantFrom<Verdict>("permanent", "optedOut", "broken") },
);

const setting = fc.record<Setting>({
  startsAt: fc.integer({ min: 0, max: 30 * 24 }).map((hours) => monday + hours * hour),
  workers: fc.integer({ min: 2, max: 8 }),
  recorder: fc.boolean(),
  zone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
  smsHours: fc.constantFrom({ from: "00:00", to: "24:00" }, { from: "08:00", to: "21:00" }),
  leadZones: fc.array(zone, { minLength: 1, maxLength: 5 }),
  senders: fc.record({
    sms: fc.array(senderLimits, { minLength: 1, maxLength: 2 }),
    email: fc.array(senderLimits, { minLength: 1, maxLength: 2 }),
  }),
  senderHours: fc.array(senderHours, { minLength: 1, maxLength: 3 }),
  campaigns: fc.array(campaign, { minLength: 1, maxLength: 2 }),
  verdicts: fc.array(verdict, { maxLength: 12 }),
});

const passing = fc.constantFrom(20, 70, 600, 3_600, 6 * 3_600, 26 * 3_600);

const n = fc.nat({ max: 7 });
const edit = fc.oneof(
  fc.record({ edit: fc.constant("remove" as const), step: n }),
  fc.record({ edit: fc.constant("add" as const), at: n, shape: step }),
  fc.record({ edit: fc.constant("delay" as const), step: n, delay }),
  fc.record({ edit: fc.constant("swap" as const), step: n }),
  fc.record({ edit: fc.constant("text" as const), step: n }),
);
const stop = fc.constantFrom("REPLY_RECEIVED" as const, "NOT_INTERESTED" as const, "MEETING_BOOKED" as const);
const forbidding = fc.oneof(
  fc.record({ do: fc.constant("pause" as const), campaign: n }),
  fc.record({ do: fc.constant("pause" as const), campaign: n }),
  fc.record({ do: fc.constant("reply" as const), lead: n, status: stop }),
  fc.record({
    do: fc.constant("optOut" as const),
    lead: n,
    channel: fc.constantFrom("sms" as const, "email" as const, "all" as const),
  }),
  fc.record({ do: fc.constant("stopLead" as const), campaign: n, lead: n }),
);
const jump = fc.constantFrom(-5 * 3_600, -1_800, -90, 90, 3_600, 8 * 3_600);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("work" as const),
      workers: fc.uniqueArray(n, { minLength: 1, maxLength: 4 }),
      meanwhile: fc.option(forbidding, { freq: 3 }),
    }),
  },
  { weight: 7, arbitrary: fc.record({ do: fc.constant("flow" as const), hours: fc.constantFrom(1, 6, 30) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("stall" as const),
      worker: n,
      gate: fc.constantFrom<Gate>("prepare", "prepare", "prepare", "perform", "send", "settle"),
      meanwhile: fc.option(forbidding, { freq: 3 }),
      wait: fc.option(passing, { freq: 1 }),
      goOn: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("go" as const), worker: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), worker: n }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("crashAt" as const),
      worker: n,
      statement: fc.nat({ max: 40 }),
      after: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "bury" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), seconds: passing }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("jump" as const), seconds: jump }) },
  { weight: 3, arbitrary: forbidding },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), campaign: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), campaign: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("readmit" as const), lead: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("enroll" as const), campaign: n, zone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), campaign: n, lead: n }) },
  { weight: 1, arbitrary: fc.constant({ do: "resolve" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), message: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("editSteps" as const), campaign: n, change: edit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("schedule" as const), campaign: n, schedule }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("campaignLimits" as const), campaign: n, limits: campaignLimits }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("zone" as const), lead: n, zone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("address" as const), lead: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("senderLimits" as const), sender: n, limits: senderLimits }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("senderHours" as const), sender: n, hours: senderHours }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pauseSender" as const), sender: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("mendSender" as const), sender: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dropSender" as const), sender: n }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      lead: n,
      channel: fc.constantFrom("sms" as const, "email" as const),
    }),
  },
);

/** A campaign is started first in most histories: without that little can go wrong. */
export const history: fc.Arbitrary<History> = fc.record({
  setting,
  actions: fc
    .tuple(fc.boolean(), fc.array(action, { minLength: 1, maxLength: 16 }))
    .map(([late, actions]) => (late ? actions : [{ do: "start" as const, campaign: 0 }, ...actions])),
});
