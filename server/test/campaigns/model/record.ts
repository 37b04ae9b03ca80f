import type { Delay } from "../../../src/domain/schedule/delay.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import type { CampaignShape, SenderHoursShape, SenderLimitsShape, Verdict } from "./history.ts";

/** What had been told to Herald, and answered, by some moment. */
export interface Facts {
  campaigns: Record<
    string,
    {
      running: boolean;
      startedAt: number | null;
      steps: { id: string; channel: string; delay: Delay }[];
      schedule: Schedule | null;
      limits: CampaignShape["limits"];
    }
  >;
  leads: Record<
    string,
    {
      zone: string | null;
      sms: string;
      email: string;
      /** Answered, or said that it wants nothing more. */
      done: boolean;
      /** Campaigns that it was taken out of. */
      left: string[];
      /** When it came into campaigns. */
      since: Record<string, number>;
    }
  >;
  /** `channel address`; the channel may be `all`. */
  suppressed: string[];
  senders: Record<string, { limits: SenderLimitsShape; hours: SenderHoursShape | null }>;
}

/** One call of the provider; a `lost` one never came there. */
export interface Call {
  /** The order of the commits of the attempts. */
  n: number;
  messageId: string;
  leadId: string;
  /** Null: by API. */
  campaignId: string | null;
  stepId: string | null;
  senderId: string;
  channel: string;
  to: string;
  /** When its attempt was committed, by the clock on the wall. */
  at: number;
  /** What had been told when its attempt was committed. */
  facts: Facts;
  verdict: Verdict;
  /** The person has it. */
  accepted: boolean;
  /** Herald is bound to know that it was refused: it got the answer, and had it on record. */
  known: boolean;
  /** Position in the record of everything that the provider was asked. */
  seq: number;
}

/** The provider was asked what became of a message, or a person was. */
export interface LookUp {
  seq: number;
  messageId: string;
  at: number;
  by: "provider" | "person";
  found: boolean;
}

export interface EndMessage {
  id: string;
  lead_id: string;
  campaign_id: string | null;
  step_id: string | null;
  status: string;
  status_code: string | null;
}

export interface EndPlace {
  lead_id: string;
  campaign_id: string;
  state: "active" | "held" | "finished" | "stopped";
  state_reason: string | null;
  next_at: Date | null;
  next_step_id: string | null;
  campaign_status: string;
}

/** All that is judged. */
export interface RunRecord {
  zone: string;
  smsHours: { from: string; to: string };
  calls: Call[];
  lookUps: LookUp[];
  /** Whether anything ever happened to a campaign's steps, and to a lead's zone: some rules then say less. */
  edited: string[];
  moved: string[];
  /** What was ever true of a lead: why it may have stopped. */
  ever: Record<string, string[]>;
  /** How many steps each campaign has at the end. */
  stepCounts: Record<string, number>;
  messages: EndMessage[];
  places: EndPlace[];
  lanes: { id: string; leased: number; rows: number }[];
  /** Rows of the outbox that are left. */
  left: number;
  errors: string[];
}
