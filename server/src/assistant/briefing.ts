import { listConditions } from "../db/assistant-condition.ts";
import { type AssistantLead, assistantLead } from "../db/assistant-lead.ts";
import { type SpokenMessage, spokenMessages } from "../db/assistant-message.ts";
import type { Turn, TurnKind } from "../db/assistant-turn.ts";
import { type Passage, searchKnowledge } from "../db/knowledge.ts";
import { getLead, type Lead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { getProfile, type Profile } from "../db/profile.ts";
import type { ChannelName } from "../domain/event.ts";
import { followUpStepOf } from "../domain/follow-up.ts";
import type { ProfileContent } from "../domain/profile.ts";
import { type AskedCondition, conditionsFor } from "./conditions.ts";

/** All that an answer is written from. What is not in it, the model doesn't know; no secret ever is. */
export interface Briefing {
  kind: TurnKind;
  channel: ChannelName;
  profileName: string;
  content: ProfileContent;
  lead: BriefedLead;
  history: readonly SpokenMessage[];
  /** What others said of the lead. */
  context: readonly { text: string; at: string }[];
  summary: string | null;
  passages: readonly Passage[];
  conditions: readonly Pick<AskedCondition, "id" | "name" | "condition">[];
  /** What a person told the assistant to write; of a follow-up, its template. */
  instruction: string | null;
  /** Of a follow-up: 1, 2, ... */
  followUpStep: number | null;
  /** By whose clock times are told to whom has none of its own. */
  workspaceZone: string;
  /** ISO 8601. */
  now: string;
}

/** Of a lead, what a model may know: no address, no ID. */
export type BriefedLead = Pick<Lead, "firstName" | "lastName" | "company" | "title" | "timeZone" | "tags" | "custom">;

/** How much of the past is told. */
export const messagesTold = 30;
const passagesTold = 4;

/** What a turn is written from, as things are now. */
export interface TurnBriefing {
  profile: Profile;
  lead: Lead;
  kept: AssistantLead;
  history: SpokenMessage[];
  conditions: AskedCondition[];
  passages: Passage[];
  workspaceZone: string;
}

/** Null: the lead or its profile is gone. */
export async function briefTurn(
  db: Queryable,
  workspaceId: string,
  turn: Turn,
): Promise<Omit<TurnBriefing, "workspaceZone"> | null> {
  const lead = await getLead(db, workspaceId, turn.leadId);
  const profile = await getProfile(db, workspaceId, turn.profileId);
  if (!lead || !profile) return null;
  const kept = await assistantLead(db, workspaceId, lead.id);
  const history = await spokenMessages(db, workspaceId, lead.id, { since: kept.memorySince, limit: messagesTold });
  const conditions = conditionsFor(await listConditions(db, workspaceId), profile.id);
  const passages = await searchKnowledge(db, workspaceId, profile.id, questionOf(history, turn.inbound), passagesTold);
  return { profile, lead, kept, history, conditions, passages };
}

/**
 * What the lead said last, until somebody answered; the messages that are answered in any case: a mail's time is that of the
 * lead's clock, in whole seconds, and may lie before what it replies to.
 */
function questionOf(history: readonly SpokenMessage[], inbound: number): string {
  const answered = history.findLastIndex(({ direction }) => direction === "outbound");
  const said = history.filter(({ direction }) => direction === "inbound");
  const since = history.slice(answered + 1);
  return (since.length < inbound ? said.slice(-inbound) : since)
    .map(({ text }) => text)
    .join("\n")
    .slice(-2_000);
}

/** The briefing of a turn, as the model gets it. Conditions are asked where the lead wrote. */
export function briefingOf(
  { profile, lead, kept, history, conditions, passages, workspaceZone }: TurnBriefing,
  turn: Pick<Turn, "kind" | "instruction" | "sequenceStep" | "inbound">,
  channel: ChannelName,
  now: number,
): Briefing {
  const { firstName, lastName, company, title, timeZone, tags, custom } = lead;
  return {
    ...{ kind: turn.kind, channel, profileName: profile.name, content: profile.content, history, passages },
    lead: { firstName, lastName, company, title, timeZone, tags, custom },
    ...{ context: kept.context, summary: kept.summary, instruction: instructionOf(turn) },
    conditions: turn.inbound > 0 ? conditions : [],
    followUpStep: followUpStepOf(turn.sequenceStep),
    ...{ workspaceZone, now: new Date(now).toISOString() },
  };
}

/** One message for all: whoever tells the assistant what to write may not know what the lead has just asked. */
function instructionOf({ kind, instruction, inbound }: Pick<Turn, "kind" | "instruction" | "inbound">): string | null {
  if (inbound === 0 || (kind !== "command" && kind !== "opening")) return instruction;
  return `${instruction ?? ""}\nAnswer in it what the person wrote since our last message, too.`.trim();
}
