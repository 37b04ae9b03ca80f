import { changeFollowUps, stopFollowUps } from "../campaigns/follow-ups.ts";
import { recordLeadChange } from "../campaigns/lead-change.ts";
import { type AssistantLead, assistantLead, changeAssistantLead, storeContext } from "../db/assistant-lead.ts";
import { recallAssistantMessages } from "../db/assistant-message.ts";
import { getModelSettings } from "../db/assistant-model.ts";
import { openTurn, supersedeTurns, type Unheard, unheard } from "../db/assistant-turn.ts";
import type { TouchedLane } from "../db/event.ts";
import { resumeClock } from "../db/follow-up.ts";
import { addressFields, getLead, getLeadForUpdate, type Lead, updateLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { type Profile, profileNamed } from "../db/profile.ts";
import { holdStill } from "../db/still.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { type AssistantMode, effectiveMode } from "../domain/profile.ts";
import { withdrawQueued } from "./withdraw.ts";

/** What others say of a lead and the assistant: its profile, its mode, what the assistant is to know or to write. */

export interface LeadAssistant extends AssistantLead {
  /** Null: the assistant has nothing to do with it. */
  profile: Profile | null;
  /** What counts of the profile's mode and the lead's. */
  effective: AssistantMode;
}

export async function leadAssistant(db: Queryable, workspaceId: string, lead: Lead): Promise<LeadAssistant> {
  const profile = lead.profile === null ? null : await profileNamed(db, workspaceId, lead.profile);
  const kept = await assistantLead(db, workspaceId, lead.id);
  return { ...kept, profile, effective: profile ? effectiveMode(profile.mode, kept) : "off" };
}

export interface ProfileSwitch {
  /** The profile's name; null: none. */
  profile: string | null;
  /** Whether the assistant writes first; it goes on then, if a person had taken over. */
  sendMessage?: boolean;
  /** Then after so many milliseconds; at most 366 days. */
  delayMs?: number;
  /** What was said before is not told to the model any more. */
  clearMemory?: boolean;
  /** What the first message is to say; null: as the profile says. */
  instruction?: string | null;
}

/**
 * Gives a lead another profile (or the same again). What the assistant was at under the old one ends; so do its follow-ups.
 * Lanes are destinations that got deliveries. In a transaction that may be run again.
 *
 * @throws not_found: the lead, or the profile; invalid_state: it is to write, and is off there
 */
export async function switchProfile(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { profile: name, sendMessage = false, delayMs = 0, clearMemory = false, instruction = null }: ProfileSwitch,
): Promise<{ lead: Lead; turnId: string | null; lanes: TouchedLane[] }> {
  const profile = name === null ? null : await profileNamed(tx, workspaceId, name);
  if (name !== null && !profile) throw notFound("profile", name);
  const { lead: before, words } = await silence(tx, workspaceId, leadId, "The lead got another profile.");
  if (sendMessage && profile) {
    const { mode } = await assistantLead(tx, workspaceId, leadId);
    if (effectiveMode(profile.mode, { mode, handedOverAt: null }) === "off") {
      const whose = profile.mode === "off" ? `under the profile ${profile.name}` : `for the lead ${leadId}`;
      throw new HeraldError(
        "invalid_state",
        `The assistant is off ${whose}, and would write nothing: switch without sendMessage.`,
      );
    }
  }
  let lanes: TouchedLane[] = [];
  if (before.profile !== name) {
    await stopFollowUps(tx, workspaceId, leadId, "profile: The lead got another profile.");
    const after = (await updateLead(tx, workspaceId, leadId, { profile: name }))!;
    lanes = await recordLeadChange(tx, workspaceId, before, after, "api");
    await dropOwnFollowUps(tx, workspaceId, leadId);
  }
  // Who tells it to write to the lead says that it goes on.
  const goesOn = clearMemory || (sendMessage && profile !== null);
  if (goesOn) await changeAssistantLead(tx, workspaceId, leadId, { clearMemory, handedOver: null });
  let turnId: string | null = null;
  const lead = (await getLead(tx, workspaceId, leadId))!;
  // What is forgotten can't be asked about.
  const unheard = clearMemory ? null : words;
  if (sendMessage && profile)
    turnId = await beginTurn(tx, workspaceId, before, profile, { kind: "opening", delayMs, instruction, unheard });
  else await hearAgain(tx, workspaceId, lead, unheard);
  return { lead, turnId, lanes };
}

/**
 * A lead's profile is about to be changed as one of its fields: what the assistant was at under the old one ends, as at a
 * switch. What the lead wrote that nobody has looked at, for `enterProfile`. In a transaction that may be run again.
 */
export async function leaveProfile(tx: Queryable, workspaceId: string, leadId: string): Promise<Unheard | null> {
  const reason = "The lead got another profile.";
  const { words } = await silence(tx, workspaceId, leadId, reason);
  await stopFollowUps(tx, workspaceId, leadId, `profile: ${reason}`);
  return words;
}

/** The lead has its new profile: the assistant goes on under that one. */
export async function enterProfile(
  tx: Queryable,
  workspaceId: string,
  lead: Lead,
  words: Unheard | null,
): Promise<void> {
  await dropOwnFollowUps(tx, workspaceId, lead.id);
  await hearAgain(tx, workspaceId, lead, words);
}

/** Those of its own were in place of the old profile's. */
async function dropOwnFollowUps(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  if (!(await assistantLead(tx, workspaceId, leadId)).followUps) return;
  await changeFollowUps(tx, workspaceId, leadId, { config: null }).catch(ignoreNone);
}

function ignoreNone(error: unknown): void {
  if (!(error instanceof HeraldError)) throw error;
}

/** Tells the assistant to write to a lead. The turn's ID. @throws not_found; unprocessable: no profile; invalid_state: off */
export async function commandTurn(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { instruction, delayMs = 0 }: { instruction: string; delayMs?: number },
): Promise<string> {
  const { lead, words: unheard } = await silence(
    tx,
    workspaceId,
    leadId,
    "The assistant was told to write something else.",
  );
  const { profile, effective } = await leadAssistant(tx, workspaceId, lead);
  if (!profile) throw new HeraldError("unprocessable", `The lead ${leadId} has no profile that the assistant knows.`);
  if (effective === "off") throw new HeraldError("invalid_state", `The assistant is off for the lead ${leadId}.`);
  return await beginTurn(tx, workspaceId, lead, profile, { kind: "command", delayMs, instruction, unheard });
}

async function beginTurn(
  tx: Queryable,
  workspaceId: string,
  lead: Lead,
  profile: Profile,
  {
    kind,
    delayMs,
    instruction,
    unheard,
  }: { kind: "opening" | "command"; delayMs: number; instruction: string | null; unheard: Unheard | null },
): Promise<string> {
  const { channels, opening } = profile.content;
  const channel = channels.find((name: ChannelName) => lead[addressFields[name]] !== null) ?? channels[0]!;
  const turnId = newId("turn");
  await openTurn(tx, workspaceId, {
    ...{ turnId, leadId: lead.id, kind, profileId: profile.id, channel, delayMs, unheard },
    instruction: instruction ?? (kind === "opening" ? opening.template : null),
    subject: kind === "opening" ? opening.subject : null,
  });
  return turnId;
}

/**
 * What the lead wrote for a turn that has ended is another one's: the new profile's answer, or, where nobody answers, what is
 * asked of each message.
 */
export async function hearAgain(tx: Queryable, workspaceId: string, lead: Lead, words: Unheard | null): Promise<void> {
  if (!words) return;
  const { profile, effective } = await leadAssistant(tx, workspaceId, lead);
  if (!profile) return;
  const listens = effective === "off";
  if (listens && (profile.content.listenWhenOff === false || !(await getModelSettings(tx, workspaceId)))) return;
  await openTurn(tx, workspaceId, {
    ...{ turnId: newId("turn"), leadId: lead.id, kind: listens ? "listen" : "reply", profileId: profile.id },
    ...{ channel: words.channel, unheard: words, delayMs: Math.max(0, words.dueAt.getTime() - Date.now()) },
  });
}

/**
 * Nothing that the assistant is at goes on: turns end, and what nobody has begun to send is taken back. The lead as it is, and
 * what it wrote that nobody has looked at.
 */
async function silence(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  reason: string,
): Promise<{ lead: Lead; words: Unheard | null }> {
  await holdStill(tx, workspaceId, [leadId]);
  const lead = await getLeadForUpdate(tx, workspaceId, leadId);
  if (!lead) throw notFound("lead", leadId);
  const words = await unheard(tx, workspaceId, leadId);
  await supersedeTurns(tx, workspaceId, leadId, { reason });
  await recallAssistantMessages(tx, workspaceId, leadId, reason);
  await resumeClock(tx, workspaceId, leadId);
  return { lead, words };
}

/**
 * Sets the mode for one lead; null: the profile's. `handedOver` null: the assistant goes on after a person had taken over;
 * with a reason: a person takes over. Where it is off from now on, nothing of what it was at goes on; in draft
 * mode what is queued becomes a draft.
 *
 * @throws not_found
 */
export async function setLeadMode(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  change: { mode?: AssistantMode | null | undefined; handedOver?: { reason: string } | null | undefined },
): Promise<LeadAssistant> {
  const lead = await getLeadForUpdate(tx, workspaceId, leadId);
  if (!lead) throw notFound("lead", leadId);
  await changeAssistantLead(tx, workspaceId, leadId, change);
  const now = await leadAssistant(tx, workspaceId, lead);
  if (now.effective !== "off") {
    await withdrawQueued(tx, workspaceId, { leadId });
    return now;
  }
  const reason = change.handedOver
    ? `A person has taken over: ${change.handedOver.reason}`
    : "The assistant was switched off.";
  const { words } = await silence(tx, workspaceId, leadId, reason);
  await hearAgain(tx, workspaceId, lead, words);
  await stopFollowUps(tx, workspaceId, leadId, `handed_over: ${reason}`);
  return now;
}

/** Pieces of context that are kept of a lead; the oldest go. */
const mostContext = 20;

/** Lets the assistant know something about a lead. @throws not_found */
export async function addContext(tx: Queryable, workspaceId: string, leadId: string, text: string): Promise<void> {
  const lead = await getLeadForUpdate(tx, workspaceId, leadId);
  if (!lead) throw notFound("lead", leadId);
  const { context } = await assistantLead(tx, workspaceId, leadId);
  const said = { text: text.slice(0, 4_000).toWellFormed(), at: new Date().toISOString() };
  await changeAssistantLead(tx, workspaceId, leadId, { context: [...context, said].slice(-mostContext) });
  await storeContext(tx, workspaceId, leadId, { id: newId("context"), ...said });
}
