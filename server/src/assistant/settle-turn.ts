import { doNotContact } from "../campaigns/consent.ts";
import { setLeadStatus } from "../campaigns/control.ts";
import { stopFollowUps } from "../campaigns/follow-ups.ts";
import { type AssistantLead, assistantLead, changeAssistantLead } from "../db/assistant-lead.ts";
import { type Reach, reachOf, storeAssistantMessage } from "../db/assistant-message.ts";
import { lockTurn, openTurn, type Turn, type TurnNotes, type TurnProblem } from "../db/assistant-turn.ts";
import { changeTurn, type TurnChange } from "../db/assistant-turn-change.ts";
import { moveOn } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { awaitOutcome } from "../db/follow-up.ts";
import type { Lead } from "../db/lead.ts";
import { lockToldLead } from "../db/lead-told.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { holdProfile, type Profile } from "../db/profile.ts";
import { openTurnTask } from "../db/task.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { effectiveMode } from "../domain/profile.ts";
import type { Answer } from "./answer.ts";
import { applyConditions } from "./conditions.ts";
import { draftCreated } from "./draft-event.ts";
import { hoursOf } from "./hours.ts";
import { hearAgain } from "./lead-profile.ts";

/**
 * What becomes of a turn, in one transaction that looks at everything again: while the model was thinking the lead may have
 * written, opted out, been handed over, or got another profile. The lead is locked first, as by whoever takes in a message or
 * an opt-out, so that one of the two sees the other.
 */
export interface TurnResult {
  turn: Turn;
  /** The version that it was written with. */
  profileVersion: number;
  /** Null: it was written from a template. */
  model: string | null;
  outcome:
    | { kind: "answer"; answer: Answer; problems: TurnProblem[]; notes: TurnNotes }
    /** A person has to do it. */
    | { kind: "task"; code: string; detail: string; handOver?: boolean; heard?: Heard }
    | { kind: "nothing"; code: string; detail: string; heard?: Heard }
    /** It is answered at that moment, in Unix milliseconds. */
    | { kind: "later"; at: number; reason: string; heard: Heard };
}

/** Whether a model that could not be asked may be asked in some minutes. */
export const isPassing = (code: string): boolean =>
  (code.startsWith("model_") && code !== "model_refuses") || code === "over_budget";

/** What is asked of each message is asked so long after the model could not be. */
const listenLaterMs = 600_000;

/** What the model understood of what the lead wrote, where its answer is not wanted. */
export interface Heard {
  answer: Answer;
  notes: TurnNotes;
}

export interface Settled {
  /** How the turn ended; lost: somebody else has it, and nothing was written. */
  state: Turn["state"] | "lost";
  code: string | null;
  /** Senders and destinations that got work. */
  messages: TouchedLane[];
  deliveries: TouchedLane[];
  /** Sequences moved on. */
  moved: boolean;
}

export async function settleTurn(
  tx: Queryable,
  workspaceId: string,
  result: TurnResult,
  now: number,
): Promise<Settled> {
  const settled: Settled = { state: "lost", code: null, messages: [], deliveries: [], moved: false };
  const lead = await lockToldLead(tx, workspaceId, result.turn.leadId);
  const turn = await lockTurn(tx, workspaceId, result.turn.id);
  if (turn?.state !== "thinking" || turn.lease !== result.turn.lease) return settled;
  await new TurnSettling(tx, workspaceId, turn, result, settled, now).settle(lead);
  return settled;
}

class TurnSettling {
  private readonly tx: Queryable;
  private readonly workspaceId: string;
  private readonly turn: Turn;
  private readonly result: TurnResult;
  private readonly settled: Settled;
  private readonly now: number;
  private notes: TurnNotes | null = null;

  constructor(tx: Queryable, workspaceId: string, turn: Turn, result: TurnResult, settled: Settled, now: number) {
    this.tx = tx;
    this.workspaceId = workspaceId;
    this.turn = turn;
    this.result = result;
    this.settled = settled;
    this.now = now;
  }

  async settle(lead: Lead | null): Promise<void> {
    const { tx, workspaceId, turn } = this;
    const profile = lead && (await holdProfile(tx, workspaceId, turn.profileId));
    if (!lead || !profile) return await this.end("stopped", "lead_gone", "The lead or its profile was deleted.");
    const kept = await assistantLead(tx, workspaceId, lead.id);
    if (lead.profile !== profile.name) {
      await this.end("stopped", "profile_changed", "The lead has another profile now.");
      // A list or another system gave it that while this was thought about.
      const words = turn.inbound > 0 ? { ...turn, dueAt: new Date(this.now) } : null;
      return await hearAgain(tx, workspaceId, lead, words);
    }
    const understood = this.result.outcome.kind === "answer" ? this.result.outcome : this.result.outcome.heard;
    if (understood && turn.inbound > 0) {
      if (await this.understand(lead, turn.channel ?? profile.content.channels[0]!, understood)) return;
    }
    const mode = effectiveMode(profile.mode, kept);
    const { outcome } = this.result;
    if (outcome.kind === "later") return await this.again(outcome.at, outcome.reason);
    if (outcome.kind === "nothing" && (outcome.code !== "off" || mode !== "off"))
      return await this.end("stopped", outcome.code, outcome.detail);
    if (outcome.kind === "nothing" || mode === "off") return await this.end("stopped", "off", offReason(profile, kept));
    const channel = turn.channel ?? profile.content.channels[0]!;
    const reach = (await reachOf(tx, workspaceId, { leadId: lead.id, channel, senderId: turn.senderId }))!;
    if (reach.forbidden !== null)
      return await this.end("stopped", "suppressed", `Nobody may write to it: ${reach.forbidden}.`);
    if (outcome.kind === "task") {
      if (!outcome.handOver) {
        await this.task(lead, channel, outcome.code, outcome.detail);
        return await this.listenLater(profile, outcome.code);
      }
      return await this.handOver(lead, channel, outcome.detail, {}, outcome.code);
    }
    await this.answer(lead, profile, mode, channel, reach, outcome);
  }

  private async answer(
    lead: Lead,
    profile: Profile,
    mode: "draft" | "autopilot",
    channel: ChannelName,
    reach: Reach,
    { answer, problems, notes }: Extract<TurnResult["outcome"], { kind: "answer" }>,
  ): Promise<void> {
    const { tx, workspaceId, turn, settled } = this;
    const { message } = answer;
    const said: Partial<TurnChange> = {
      ...{ text: message?.text ?? null, subject: this.subjectOf(answer, channel, reach, profile), notes },
    };
    if (turn.kind !== "reply" && answer.summary !== null) {
      await changeAssistantLead(tx, workspaceId, lead.id, { summary: answer.summary });
    }
    // Somebody of the workspace was faster.
    if (turn.kind === "reply" && reach.answered) {
      return await this.end("superseded", "answered", "Somebody else has answered.", said);
    }
    if (answer.booked && turn.kind === "reply") {
      const changed = await setLeadStatus(
        tx,
        workspaceId,
        lead.id,
        "MEETING_BOOKED",
        "automation",
        "booked: by the assistant",
      );
      settled.deliveries.push(...(changed?.lanes ?? []));
    }
    if (reach.pausedUntil !== null && reach.pausedUntil.getTime() > this.now) {
      return await this.again(reach.pausedUntil.getTime(), "The lead is away.");
    }
    if (message === null) {
      if (answer.handOver !== null) return await this.handOver(lead, channel, answer.handOver, said);
      const detail = "The model has nothing to say.";
      // Somebody who told it to write would wait for ever.
      if (turn.kind === "command") return await this.task(lead, channel, "nothing_to_say", detail, said);
      return await this.end("stopped", "nothing_to_say", detail, said);
    }
    const all = [...problems, ...addressProblems(channel, reach, said.subject ?? null)];
    if (all.length > 0) {
      const held = `The answer was held back: ${all.map(({ detail }) => detail).join(" ")}`;
      const checked = { ...said, problems: all };
      if (answer.handOver === null) return await this.task(lead, channel, all[0]!.code, held, checked);
      await handOverLead(tx, workspaceId, lead.id, answer.handOver);
      return await this.task(lead, channel, all[0]!.code, `Hand-over: ${answer.handOver}\n${held}`, checked);
    }
    if (mode === "draft") {
      await this.write({
        state: "draft",
        ...said,
        channel,
        reasonCode: answer.handOver === null ? null : "hand_over",
        reason: answer.handOver,
      });
      settled.deliveries.push(...(await recordEvents(tx, [draftCreated(workspaceId, turn, channel)])));
      if (answer.handOver !== null) await this.openTask(lead, channel, `The assistant hands over: ${answer.handOver}`);
      return;
    }
    const hours = hoursOf({ ...profile.content, ...reach, channel }, this.now);
    if (hours.opensAt === null) return await this.task(lead, channel, "no_window", hours.reason!, said);
    if (hours.opensAt > this.now) return await this.again(hours.opensAt, hours.reason!);
    await this.send(lead, channel, reach, said, hours.closesAt);
    if (answer.handOver !== null) {
      await handOverLead(tx, workspaceId, lead.id, answer.handOver);
      await this.openTask(lead, channel, answer.handOver);
    }
  }

  /**
   * What follows from what the lead wrote, whether or not it is answered: tags, notifications, the summary; and that nobody
   * writes to it any more, if it asked for that. True: the turn is over by that.
   */
  private async understand(lead: Lead, channel: ChannelName, { answer, notes }: Heard): Promise<boolean> {
    const { tx, workspaceId, turn, settled } = this;
    this.notes = notes;
    const about = { channel, turnId: turn.id, messageId: turn.inboundMessageId };
    if (turn.notes === null) {
      settled.deliveries.push(...(await applyConditions(tx, workspaceId, lead, notes.conditions, about)));
    }
    if (answer.summary !== null) await changeAssistantLead(tx, workspaceId, lead.id, { summary: answer.summary });
    if (answer.stop === null) return false;
    await this.stop(lead, answer.stop, notes);
    return true;
  }

  private async send(
    lead: Lead,
    channel: ChannelName,
    reach: Reach,
    said: Partial<TurnChange>,
    before: number | null,
  ): Promise<void> {
    const { tx, workspaceId, turn, settled, result } = this;
    const sent = await sendTurn(tx, workspaceId, turn, {
      ...{ channel, reach, text: said.text!, subject: said.subject ?? null, profileVersion: result.profileVersion },
      sendBefore: turn.campaignId === null ? null : before,
    });
    if (!sent) return await this.end("superseded", "sent_before", "This follow-up went out already.", said);
    settled.messages.push(sent.lane);
    if (turn.kind === "reply") await changeAssistantLead(tx, workspaceId, lead.id, { turns: 1 });
    const { messageId, conversationId } = sent;
    await this.write({ state: "sent", ...said, channel, messageId, conversationId, senderId: reach.senderId! });
  }

  /** An email has a subject where its thread has none. */
  private subjectOf(answer: Answer, channel: ChannelName, reach: Reach, { content }: Profile): string | null {
    if (channel !== "email" || reach.threadSubject !== null) return null;
    return (
      this.turn.subject ??
      (this.turn.kind === "opening" ? content.opening.subject : null) ??
      answer.message?.subject ??
      null
    );
  }

  /** Who wants to be left alone is, whatever else the model says. */
  private async stop(lead: Lead, words: string, notes: TurnNotes): Promise<void> {
    const { tx, workspaceId, turn, settled } = this;
    const text = words.slice(0, 200).toWellFormed();
    const evidence = { text, ...(turn.inboundMessageId ? { messageId: turn.inboundMessageId } : {}) };
    const basis = { reason: `asked: ${text}`, source: "lead" as const, by: "assistant", evidence };
    settled.deliveries.push(...((await doNotContact(tx, workspaceId, lead.id, basis))?.lanes ?? []));
    settled.moved = true;
    await this.end("stopped", "do_not_contact", `The lead asked not to be contacted: ${words}`, { notes });
  }

  private async handOver(
    lead: Lead,
    channel: ChannelName,
    reason: string,
    said: Partial<TurnChange>,
    code = "hand_over",
  ): Promise<void> {
    await handOverLead(this.tx, this.workspaceId, lead.id, reason);
    await this.task(lead, channel, code, reason, said);
  }

  private async task(
    lead: Lead,
    channel: ChannelName,
    code: string,
    detail: string,
    said: Partial<TurnChange> = {},
  ): Promise<void> {
    await this.write({ state: "task", channel, ...said, reasonCode: code, reason: detail });
    this.settled.code = code;
    await this.openTask(lead, channel, detail);
  }

  /** The task is a person's; whether the lead wants to be left alone, and the like, is asked when the model is back. */
  private async listenLater(profile: Profile, code: string): Promise<void> {
    const { tx, workspaceId, turn } = this;
    if (turn.inbound === 0 || turn.notes !== null || !isPassing(code) || profile.content.listenWhenOff === false)
      return;
    const { leadId, profileId, channel } = turn;
    const listen = { turnId: newId("turn"), leadId, profileId, channel, kind: "listen" as const };
    await openTurn(tx, workspaceId, { ...listen, unheard: turn, delayMs: listenLaterMs });
  }

  private async openTask(lead: Lead, channel: ChannelName, text: string): Promise<void> {
    const { tx, workspaceId, turn, settled } = this;
    settled.deliveries.push(...(await openTaskOf(tx, workspaceId, turn, lead, channel, text)));
  }

  private async again(at: number, reason: string): Promise<void> {
    await this.write({ state: "gathering", againMs: Math.max(1_000, at - this.now), reason });
  }

  /** The turn is over, and nothing goes out; a follow-up that it was is not waited for. */
  private async end(
    state: "stopped" | "superseded",
    code: string,
    reason: string,
    said: Partial<TurnChange> = {},
  ): Promise<void> {
    const { tx, workspaceId, turn, settled } = this;
    await this.write({ ...said, state, reasonCode: code, reason });
    settled.code = code;
    if (turn.campaignId === null) return;
    const lead = { workspaceId, campaignId: turn.campaignId, leadId: turn.leadId };
    const went = code === "sent_before" || code === "nothing_to_say";
    await moveOn(tx, [
      went ? { ...lead, move: "advance", reason: null } : { ...lead, move: "stop", reason: `${code}: ${reason}` },
    ]);
    settled.moved = true;
  }

  private async write(change: TurnChange): Promise<void> {
    const { tx, workspaceId, turn, result, settled } = this;
    const { profileVersion, model } = result;
    await changeTurn(tx, workspaceId, turn.id, {
      ...{
        profileVersion,
        ...(model === null ? {} : { model }),
        ...(this.notes === null ? {} : { notes: this.notes }),
      },
      ...change,
      ...(change.reason ? { reason: change.reason.slice(0, 2_000).replaceAll("\0", "\u2400") } : {}),
    });
    settled.state = change.state;
  }
}

/** A person takes over: the assistant is silent for the lead from now on, and its follow-ups end. */
export async function handOverLead(tx: Queryable, workspaceId: string, leadId: string, reason: string): Promise<void> {
  await changeAssistantLead(tx, workspaceId, leadId, { handedOver: { reason } });
  await stopFollowUps(tx, workspaceId, leadId, `handed_over: ${reason}`);
}

function addressProblems(channel: ChannelName, reach: Reach, subject: string | null): TurnProblem[] {
  if (reach.address === null)
    return [{ code: "no_address", detail: `The lead has no address for ${channel} any more.` }];
  if (reach.senderId === null) return [{ code: "no_sender", detail: `There is no active ${channel} sender.` }];
  if (channel === "email" && subject === null && reach.threadSubject === null) {
    return [{ code: "no_subject", detail: "A first email needs a subject." }];
  }
  return [];
}

function offReason(profile: Profile, kept: AssistantLead): string {
  if (profile.mode === "off") return `The profile ${profile.name} is off.`;
  return kept.handedOverAt
    ? `A person has taken over: ${kept.handedOverReason ?? ""}`
    : "The assistant is off for this lead.";
}

/** A turn becomes a message in the outbox. Null: that follow-up went out already. The lead is locked, and may be written to. */
export async function sendTurn(
  tx: Queryable,
  workspaceId: string,
  turn: Turn,
  message: {
    channel: ChannelName;
    reach: Reach;
    subject: string | null;
    text: string;
    profileVersion: number | null;
    sendBefore: number | null;
    dueInMs?: number;
  },
): Promise<{ messageId: string; conversationId: string; lane: TouchedLane } | null> {
  const { channel, reach, subject, text, profileVersion, sendBefore, dueInMs } = message;
  const { leadId, campaignId, stepId, sequenceStep } = turn;
  const stored = await storeAssistantMessage(tx, workspaceId, {
    ...{ messageId: newId("message"), conversationId: newId("conversation"), leadId, channel, subject, text },
    ...{ senderId: reach.senderId!, toAddress: reach.address!, turnId: turn.id, profileVersion },
    ...{ campaignId, stepId, sequenceStep, sendBefore, dueInMs },
  });
  if (stored && campaignId !== null) {
    await awaitOutcome(tx, workspaceId, campaignId, leadId, { channel, senderId: reach.senderId! });
  }
  return stored;
}

/** What the assistant could not do, or asks for, becomes a person's task; with its event. */
export async function openTaskOf(
  tx: Queryable,
  workspaceId: string,
  turn: Turn,
  lead: Lead,
  channel: ChannelName,
  text: string,
): Promise<TouchedLane[]> {
  const name = [lead.firstName, lead.lastName].filter((part) => part !== null).join(" ") || lead.company || "the lead";
  const title =
    turn.kind === "reply"
      ? `Answer ${name}`
      : turn.kind === "follow_up"
        ? `Follow up with ${name}`
        : `Write to ${name}`;
  const taskId = newId("task");
  const task = { taskId, turnId: turn.id, leadId: lead.id, channel, title, text: text.slice(0, 4_000) };
  if (!(await openTurnTask(tx, workspaceId, task))) return [];
  const { externalLeadId, linkedinUrl, phone, email } = lead;
  const data = {
    ...{ taskId, leadId: lead.id, externalLeadId, campaignId: turn.campaignId, stepId: turn.stepId },
    ...{ sequenceStep: turn.sequenceStep, channel, linkedinUrl, phone, email, title, text: task.text },
  };
  return await recordEvents(tx, [newEvent(workspaceId, "task.created", data, { leadId: lead.id, channel })]);
}
