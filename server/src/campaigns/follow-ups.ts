import { hash } from "node:crypto";
import { assistantLead, changeAssistantLead } from "../db/assistant-lead.ts";
import { recallAssistantMessages } from "../db/assistant-message.ts";
import { openTurn, supersedeTurns } from "../db/assistant-turn.ts";
import {
  type Campaign,
  campaignIdOfKey,
  campaignsOfProfile,
  canonical,
  changeRules,
  editSteps,
  getCampaign,
  insertCampaign,
  type Step,
} from "../db/campaign.ts";
import type { DueLead } from "../db/due.ts";
import type { Progress } from "../db/enrollment.ts";
import {
  awaitWriting,
  beginRound,
  type FollowUpPlace,
  followUpPlaces,
  heardSince,
  keepStopped,
  openFollowUpCampaign,
  restartClock,
  setOwnFollowUpCampaign,
} from "../db/follow-up.ts";
import { addressFields, getLead, getLeadForUpdate } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { holdProfile, type Profile, profileNamed, setProfileCampaign } from "../db/profile.ts";
import { holdStill } from "../db/still.ts";
import { stopSequences } from "../db/stopping.ts";
import { HeraldError } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { followUpPosition, followUpStepOf, nurturePosition, nurtureStep, stoppedStep } from "../domain/follow-up.ts";
import { newId } from "../domain/id.ts";
import type { FollowUps, ProfileContent } from "../domain/profile.ts";

/**
 * Follow-ups are a campaign of the profile's own: each is a step whose message the assistant writes, as a task is a step that
 * a person does. So windows, quiet hours, caps, pauses and replies do what they do in every campaign.
 */

type Sequence = Pick<ProfileContent, "followUps" | "nurture" | "schedule">;

/** Why a lead is in no follow-ups any more whom somebody took out of them. */
const takenOut = "follow_ups_off: Somebody stopped them.";

const keyOf = (position: number) => `follow-up-${position}`;

/** The steps; one that has the ID of an earlier one stays it. */
function stepsOf({ followUps, nurture }: Sequence, before: readonly Step[]): Step[] {
  const idOf = new Map(before.map((step) => [step.key, step.id]));
  const step = (position: number, { hours, channel, template, subject }: FollowUps[string]): Step => {
    const minutes = Math.max(1, Math.round(hours * 60));
    return {
      ...{ id: idOf.get(keyOf(position)) ?? newId("step"), key: keyOf(position), position, channel },
      // The planner gives it to the assistant, as the campaign is a profile's.
      action: "task",
      ...{ delay: { amount: minutes, unit: "minutes" }, delayMs: minutes * 60_000 },
      ...{
        condition: null,
        otherwise: null,
        timeLimit: null,
        subject,
        text: template ?? "",
        html: null,
        variants: null,
      },
    };
  };
  const numbers = Object.keys(followUps)
    .map(Number)
    .sort((a, b) => a - b);
  return [
    ...numbers.map((n) => step(followUpPosition(n), followUps[String(n)]!)),
    ...Array.from({ length: nurture?.times ?? 0 }, (_, i) => step(nurturePosition(i + 1), nurture!)),
  ];
}

/** Makes the profile's campaign what its follow-ups are now. Leads keep their places. In a transaction that has the profile. */
export async function syncFollowUps(
  tx: Queryable,
  workspaceId: string,
  profile: Pick<Profile, "id" | "name" | "campaignId">,
  content: Sequence,
): Promise<string | null> {
  await syncOwnOfLeads(tx, workspaceId, profile, content);
  if (profile.campaignId === null) {
    if (Object.keys(content.followUps).length === 0 && content.nurture === null) return null;
    const campaignId = await makeCampaign(tx, workspaceId, profile, content, `profile ${profile.id}`);
    await setProfileCampaign(tx, workspaceId, profile.id, campaignId);
    return campaignId;
  }
  const campaign = (await getCampaign(tx, workspaceId, profile.campaignId))!;
  await bringUpToDate(tx, workspaceId, campaign, stepsOf(content, campaign.steps), content.schedule);
  return campaign.id;
}

/** Leads that have follow-ups of their own have these in place of the profile's; the nurture behind them and the hours are the profile's. */
async function syncOwnOfLeads(
  tx: Queryable,
  workspaceId: string,
  profile: Pick<Profile, "id" | "campaignId">,
  content: Sequence,
): Promise<void> {
  for (const id of await campaignsOfProfile(tx, workspaceId, profile.id)) {
    if (id === profile.campaignId) continue;
    const campaign = (await getCampaign(tx, workspaceId, id))!;
    const own = campaign.steps.filter(({ position }) => followUpStepOf(position) !== nurtureStep);
    const nurture = stepsOf({ ...content, followUps: {} }, campaign.steps);
    await bringUpToDate(tx, workspaceId, campaign, [...own, ...nurture], content.schedule);
  }
}

async function bringUpToDate(
  tx: Queryable,
  workspaceId: string,
  { id, steps: before, schedule: kept }: Campaign,
  steps: readonly Step[],
  schedule: Sequence["schedule"],
): Promise<void> {
  const differs = (one: unknown, other: unknown) => JSON.stringify(canonical(one)) !== JSON.stringify(canonical(other));
  if (differs(before, steps)) await editSteps(tx, workspaceId, id, before, steps);
  if (differs(kept, schedule)) {
    await changeRules(tx, workspaceId, id, { schedule });
  }
}

async function makeCampaign(
  tx: Queryable,
  workspaceId: string,
  profile: Pick<Profile, "id" | "name">,
  content: Sequence,
  key: string,
): Promise<string> {
  const id = newId("campaign");
  const campaign = { id, key, name: `Follow-ups: ${profile.name}`, timeZone: null, senderIds: [] };
  await insertCampaign(tx, workspaceId, { ...campaign, steps: stepsOf(content, []) });
  await openFollowUpCampaign(tx, workspaceId, id, profile.id);
  if (content.schedule) await changeRules(tx, workspaceId, id, { schedule: content.schedule });
  return id;
}

/**
 * Follow-ups are due that the assistant writes: each is a turn of its lead's, which waits for what comes of it. A lead without
 * the address goes on. Answers with those that do.
 */
export async function openFollowUpTurns(
  tx: Queryable,
  due: readonly { lead: DueLead; profileId: string }[],
): Promise<Progress[]> {
  const onward: Progress[] = [];
  for (const { lead, profileId } of due) {
    const { workspaceId, campaignId, leadId, stepId, position, channel } = lead;
    const here = { workspaceId, campaignId, leadId };
    if (channel === null || lead[addressFields[channel]] === null) {
      onward.push({ ...here, move: "advance", reason: null });
      continue;
    }
    const turn = { turnId: newId("turn"), leadId, kind: "follow_up" as const, profileId, channel };
    const opened = await openTurn(tx, workspaceId, {
      ...{ ...turn, campaignId, stepId, sequenceStep: position, delayMs: 0 },
      ...{ subject: lead.subject, instruction: lead.text.trim() === "" ? null : lead.text },
    });
    if (opened) await awaitWriting(tx, workspaceId, campaignId, [leadId]);
    // It is at something else for the lead: what comes of that sets the clock anew.
    else await restartClock(tx, workspaceId, [{ leadId, campaignId }]);
  }
  return onward;
}

/** A message that went out to a lead that has a profile. */
export interface SentUnderProfile {
  leadId: string;
  /** The campaign that it was of; null: none. */
  campaignId: string | null;
  channel: ChannelName;
  /** When it went out, which can be known late. */
  at: Date;
}

/**
 * Messages went out: follow-ups begin where the lead has written since the last round, or has had none, and else their clock
 * begins anew. A campaign's message begins none, as the campaign has steps of its own; nor does one that the lead has answered
 * since, or refused: that it went out may be found out long after. Answers whether any begin.
 */
export async function noteSent(
  tx: Queryable,
  workspaceId: string,
  sent: readonly SentUnderProfile[],
): Promise<boolean> {
  const places = await followUpPlaces(tx, workspaceId, [...new Set(sent.map(({ leadId }) => leadId))]);
  const may: { leadId: string; campaignId: string; own: SentUnderProfile[] }[] = [];
  const waits: { leadId: string; campaignId: string }[] = [];
  for (const place of places) {
    const { leadId, campaignId } = place;
    if (campaignId === null) continue;
    const own = sent.filter((one) => one.leadId === leadId);
    // Of the sequence itself: its outcome has moved the lead on.
    if (own.every((one) => one.campaignId === campaignId)) continue;
    if (mayBegin(place)) {
      if (own.some((one) => one.campaignId === null)) may.push({ leadId, campaignId, own });
    } else if (place.state === "active") waits.push({ leadId, campaignId });
  }
  const heard = await heardSince(
    tx,
    workspaceId,
    may.flatMap(({ own }) => own),
  );
  const begins = may.filter(({ leadId }) => !heard.has(leadId));
  if (begins.length > 0) await beginRound(tx, workspaceId, begins);
  if (waits.length > 0) await restartClock(tx, workspaceId, waits);
  return begins.length > 0;
}

/** Who took a lead out of its follow-ups on purpose is not overruled by the next message. */
function mayBegin({ state, stateReason, repliedSince }: FollowUpPlace): boolean {
  if (state === null) return true;
  if (state === "finished") return repliedSince;
  return (
    state === "stopped" &&
    /^(?:(?:replied|restarted|profile):|lead_status: The lead's status is REPLY_RECEIVED)/.test(stateReason ?? "")
  );
}

/** What a lead's follow-ups are to be; undefined leaves it as it is. */
export interface FollowUpChange {
  /** Of its own, in place of the profile's; null: the profile's again. */
  config?: FollowUps | null | undefined;
  /** 1, 2, ...: this one comes next, its hours from now. -1: none comes. -2: long-term nurture. */
  step?: number | undefined;
  /** From when the hours of that step count; default now. */
  from?: Date | null | undefined;
}

/**
 * What is being written of them, waits for a person or is queued comes to nothing where another one is to come: its end would
 * move the lead on from there. In a transaction that may be run again.
 *
 * @throws not_found; unprocessable: the lead has no profile, or there is no such step
 */
export async function changeFollowUps(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { config, step, from }: FollowUpChange,
): Promise<void> {
  const profile = await profileOfLead(tx, workspaceId, leadId);
  const [before] = await followUpPlaces(tx, workspaceId, [leadId], { anyMode: true });
  // One may be just going out.
  if (before?.state === "active" && before.nextAt === null) await holdStill(tx, workspaceId, [leadId]);
  await getLeadForUpdate(tx, workspaceId, leadId);
  const moved = config !== undefined && (await setConfig(tx, workspaceId, leadId, profile, config, before!));
  if (moved || step !== undefined) await dropFollowUps(tx, workspaceId, leadId);
  if (step === undefined) return;
  if (step === stoppedStep) {
    await stopFollowUps(tx, workspaceId, leadId, takenOut);
    const campaignId = (await followUpPlaces(tx, workspaceId, [leadId], { anyMode: true }))[0]?.campaignId ?? null;
    if (campaignId !== null) await keepStopped(tx, workspaceId, leadId, campaignId, takenOut);
    return;
  }
  const { campaignId, position } = await placeOfStep(tx, workspaceId, leadId, profile, step);
  await beginRound(tx, workspaceId, [{ leadId, campaignId }], { position, from: from ?? null });
}

async function dropFollowUps(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  const reason = "Its follow-ups were set anew.";
  await supersedeTurns(tx, workspaceId, leadId, { kind: "follow_up", reason });
  await recallAssistantMessages(tx, workspaceId, leadId, reason, { followUpsOnly: true });
}

/** Whether a lead can be put to a step, for those who do something else first. @throws unprocessable */
export async function requireFollowUp(tx: Queryable, workspaceId: string, leadId: string, step: number): Promise<void> {
  await placeOfStep(tx, workspaceId, leadId, await profileOfLead(tx, workspaceId, leadId), step);
}

async function profileOfLead(tx: Queryable, workspaceId: string, leadId: string): Promise<Profile> {
  const lead = await getLead(tx, workspaceId, leadId);
  const profile = lead?.profile ? await profileNamed(tx, workspaceId, lead.profile) : null;
  if (profile) return profile;
  throw new HeraldError(
    "unprocessable",
    `The lead ${leadId} has no profile that the assistant knows, and so no follow-ups.`,
  );
}

async function placeOfStep(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  profile: Profile,
  step: number,
): Promise<{ campaignId: string; position: number }> {
  const campaignId = (await followUpPlaces(tx, workspaceId, [leadId], { anyMode: true }))[0]?.campaignId ?? null;
  const campaign = campaignId === null ? null : await getCampaign(tx, workspaceId, campaignId);
  const position = step === nurtureStep ? nurturePosition(1) : followUpPosition(step);
  if (campaign?.steps.some((one) => one.position === position)) return { campaignId: campaign.id, position };
  const what = step === nurtureStep ? "no long-term nurture" : `no follow-up ${step}`;
  const own = (await assistantLead(tx, workspaceId, leadId)).followUps !== null;
  const whose = own ? "The lead has follow-ups of its own, and" : `The profile ${profile.name} has`;
  throw new HeraldError("unprocessable", `${whose} ${what}${own ? " among them" : ""}.`);
}

/** True: it went from one campaign to another. */
async function setConfig(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  profile: Profile,
  config: FollowUps | null,
  place: FollowUpPlace,
): Promise<boolean> {
  await changeAssistantLead(tx, workspaceId, leadId, { followUps: config });
  let campaignId: string | null = null;
  if (config !== null) {
    // Who changes the profile's nurture or hours waits, and finds this campaign, too.
    const { content: now } = (await holdProfile(tx, workspaceId, profile.id)) ?? profile;
    // Those of leads that have the same are one campaign.
    const content = { ...now, followUps: config };
    const digest = hash("sha256", JSON.stringify(canonical(config))).slice(0, 24);
    const key = `profile ${profile.id} ${digest}`;
    campaignId =
      (await campaignIdOfKey(tx, workspaceId, key)) ?? (await makeCampaign(tx, workspaceId, profile, content, key));
  }
  await setOwnFollowUpCampaign(tx, workspaceId, leadId, campaignId);
  const next = campaignId ?? profile.campaignId;
  if (place.campaignId === null || place.campaignId === next) return false;
  // Who was taken out of them stays out of others of the same profile.
  if (place.state === "stopped" && place.stateReason === takenOut && next !== null) {
    const own = await campaignsOfProfile(tx, workspaceId, profile.id);
    if (own.includes(place.campaignId)) await keepStopped(tx, workspaceId, leadId, next, takenOut);
  }
  if (place.state !== "active") return false;
  await stopFollowUps(tx, workspaceId, leadId, "profile: It has other follow-ups now.", place.campaignId);
  if (next !== null) await beginRound(tx, workspaceId, [{ leadId, campaignId: next }], { position: place.position });
  return true;
}

/** Takes a lead out of its follow-ups, or out of those of one campaign; other sequences go on. */
export async function stopFollowUps(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  reason: string,
  campaignId?: string,
): Promise<void> {
  const of = campaignId ?? (await followUpPlaces(tx, workspaceId, [leadId], { anyMode: true }))[0]?.campaignId;
  if (of) await stopSequences(tx, { workspaceId, leadId, campaignId: of, reason, colleagues: "never" });
}

/** A lead's follow-ups, as others ask for them. */
export interface FollowUpState {
  leadId: string;
  /** The one that comes next: 1, 2, ...; -1: stopped; -2: in long-term nurture, or through with all of them; null: none waits. */
  step: number | null;
  nextAt: Date | null;
  /** Of its own; null: the profile's. */
  config: FollowUps | null;
}

export async function followUpState(db: Queryable, workspaceId: string, leadId: string): Promise<FollowUpState> {
  const [place] = await followUpPlaces(db, workspaceId, [leadId], { anyMode: true });
  const { followUps: config } = await assistantLead(db, workspaceId, leadId);
  const step = (() => {
    if (!place || place.state === null) return null;
    if (place.state === "finished") return nurtureStep;
    // Ended by a reply: they begin again with the next message.
    if (place.state === "stopped") return mayBegin(place) ? null : stoppedStep;
    return followUpStepOf(place.position);
  })();
  return { leadId, step, nextAt: place?.nextAt ?? null, config };
}
