import { createHash } from "node:crypto";
import {
  type DueStep,
  finishCampaigns,
  moveOn,
  nextDue,
  type PlannedMessage,
  type Progress,
  storePlanned,
  takeDueSteps,
} from "../db/enrollment.ts";
import { type NewEvent, recordEvents, type TouchedLane } from "../db/event.ts";
import { type Database, isConnectionError, isRetryable } from "../db/pool.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { contentProblems } from "../domain/message-content.ts";
import { compileTemplate, renderTemplate } from "../domain/template.ts";
import { messageData, newEvent } from "./facts.ts";

/**
 * The planner turns due steps into messages: picks the sender, writes the text, and queues the message in the sender's
 * lane, in one transaction with the lead's place in the sequence. Several planners share the work by skipping what
 * another one holds.
 */
export interface PlannerOptions {
  db: Database;
  wakeMessages: (lanes: readonly TouchedLane[]) => void;
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** Milliseconds between rounds when nothing wakes the planner. Default 1,000. */
  pollMs?: number;
  onError: (stage: string, error: unknown) => void;
}

/** Steps planned in one transaction; of one campaign; and messages of one campaign that wait in the outbox at most. */
const limits = { limit: 500, perCampaign: 200, maxOpen: 2_000 };

export class Planner {
  private readonly options: PlannerOptions;
  private running = false;
  private wanted = false;
  private wakeUp: (() => void) | null = null;
  private finished: Promise<void> | null = null;
  /** The steps of the transaction under way. */
  private planning: DueStep[] = [];

  constructor(options: PlannerOptions) {
    this.options = options;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.finished = this.run();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.wakeUp?.();
    await this.finished;
  }

  wake(): void {
    this.wanted = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    const pollMs = this.options.pollMs ?? 1_000;
    while (this.running) {
      this.wanted = false;
      let patience = pollMs;
      try {
        const { planned, finished } = await this.runOnce();
        if (planned > 0 || finished > 0) continue;
        patience = Math.min(pollMs, Math.max(5, (await nextDue(this.options.db)) ?? pollMs));
      } catch (error) {
        this.options.onError("plan", error);
      }
      if (this.wanted || !this.running) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = null;
    }
  }

  /**
   * One round: plans what is due (at most 500 steps), closes campaigns that are done. One lead whose data the database
   * refuses must not stop everybody else's: the round is then done step by step, and the culprit leaves its sequence.
   */
  async runOnce(): Promise<{ planned: number; finished: number }> {
    try {
      return await this.plan(limits);
    } catch (error) {
      if (isConnectionError(error) || isRetryable(error)) throw error;
      this.options.onError("plan", error);
    }
    let planned = 0;
    for (let i = 0; i < limits.limit; i++) {
      try {
        const round = await this.plan({ ...limits, perCampaign: 1, limit: 1 });
        planned += round.planned;
        if (round.planned === 0) break;
      } catch (error) {
        const culprit = this.planning[0];
        if (isConnectionError(error) || isRetryable(error) || !culprit) throw error;
        const { workspaceId, campaignId, leadId } = culprit;
        const reason = `plan_failed: ${(error as Error).message}`;
        await moveOn(this.options.db, [{ workspaceId, campaignId, leadId, move: "stop", reason }]);
      }
    }
    return { planned, finished: 0 };
  }

  private async plan(size: typeof limits): Promise<{ planned: number; finished: number }> {
    let messageLanes: TouchedLane[] = [];
    let deliveryLanes: TouchedLane[] = [];
    const counts = await this.options.db.transaction(async (tx) => {
      const due = await takeDueSteps(tx, size);
      this.planning = due;
      const now = Date.now();
      const messages = due.map((step) => writeMessage(step, now));
      const stored = await storePlanned(tx, messages);
      messageLanes = stored;
      const byStep = new Map(stored.map((entry) => [stepKey(entry), entry]));
      const progress: Progress[] = [];
      const events: NewEvent[] = [];
      for (const [i, message] of messages.entries()) {
        const { workspaceId, campaignId, leadId } = message;
        const entry = byStep.get(stepKey(message));
        if (!entry) {
          // This lead has had this step: on to the next.
          progress.push({ workspaceId, campaignId, leadId, move: "advance", reason: null });
        } else if (message.code === "no_address") {
          progress.push({ workspaceId, campaignId, leadId, move: "advance", reason: null });
        } else if (message.status === "blocked") {
          progress.push({
            workspaceId,
            campaignId,
            leadId,
            move: "stop",
            reason: `${message.code}: ${message.detail}`,
          });
          events.push(
            blockedEvent(message, due[i]!, { messageId: entry.messageId, conversationId: entry.conversationId }),
          );
        }
      }
      await moveOn(tx, progress);
      const done = await finishCampaigns(tx);
      for (const campaign of done) {
        events.push(
          newEvent(
            campaign.workspaceId,
            "campaign.finished",
            {
              campaignId: campaign.campaignId,
              campaignName: campaign.name,
              totalLeads: campaign.totalLeads,
              finishedAt: new Date().toISOString(),
            },
            { campaignId: campaign.campaignId },
          ),
        );
      }
      deliveryLanes = await recordEvents(tx, events);
      return { planned: due.length, finished: done.length };
    });
    if (messageLanes.length > 0) this.options.wakeMessages(messageLanes);
    if (deliveryLanes.length > 0) this.options.wakeDeliveries(deliveryLanes);
    return counts;
  }
}

/** A lead has a step of a campaign once. */
function stepKey(of: { workspaceId: string; campaignId: string; leadId: string; stepId: string }): string {
  return `${of.workspaceId}/${of.campaignId}/${of.leadId}/${of.stepId}`;
}

const addressOf = { linkedin: "linkedinUrl", sms: "phone", email: "email" } as const satisfies Record<
  ChannelName,
  keyof DueStep
>;
const addressWord = { linkedin: "LinkedIn URL", sms: "phone number", email: "email address" } as const;

/** Custom fields first, so that none of them can take the place of a standard one. */
function variables(step: DueStep): Record<string, unknown> {
  return {
    ...step.custom,
    firstName: step.firstName,
    lastName: step.lastName,
    company: step.company,
    title: step.title,
    email: step.email,
    phone: step.phone,
    linkedinUrl: step.linkedinUrl,
    profile: step.profile,
  };
}

/** A step for a lead becomes a message, or a blocked one with its reason; never one with a hole in it. */
export function writeMessage(step: DueStep, now: number): PlannedMessage {
  const message: PlannedMessage = {
    workspaceId: step.workspaceId,
    campaignId: step.campaignId,
    leadId: step.leadId,
    stepId: step.stepId,
    sequenceStep: step.position,
    messageId: newId("message", now),
    conversationId: newId("conversation", now),
    channel: step.channel,
    action: step.action,
    senderId: chooseSender(step),
    toAddress: step[addressOf[step.channel]] ?? "",
    subject: step.subject,
    text: step.text,
    html: step.html,
    status: "queued",
    code: null,
    detail: null,
  };
  const blocked = (code: string, detail: string): PlannedMessage => ({ ...message, status: "blocked", code, detail });
  if (message.toAddress === "")
    return blocked("no_address", `The lead has no ${addressWord[step.channel]}; the step is skipped.`);
  if (message.senderId === "") return blocked("no_sender", `The campaign has no ${step.channel} sender.`);
  const values = variables(step);
  for (const part of ["subject", "text", "html"] as const) {
    const source = step[part];
    if (source === null) continue;
    const rendered = renderTemplate(compileTemplate(source, { body: part === "html" ? "html" : "text" }), values);
    if (!rendered.ok) return blocked(rendered.code, rendered.reason);
    // A filter can cut a character in two, and a value can hold what the database refuses.
    if (!rendered.text.isWellFormed() || rendered.text.includes("\0")) {
      return blocked("render_failed", `The ${part} made from this lead's data is not valid text.`);
    }
    // A value with a line break must not begin another header.
    message[part] = part === "subject" ? rendered.text.replaceAll(/\s*\p{Cc}+\s*/gu, " ").trim() : rendered.text;
  }
  const [problem] = contentProblems(message);
  if (problem) return blocked("invalid_content", `The ${problem.field} made from this lead's data: ${problem.reason}`);
  return message;
}

/** The sender that wrote before on this channel; else one fixed by the lead's ID, spread evenly. */
function chooseSender(step: DueStep): string {
  const before = step.senders[step.channel];
  if (before !== undefined && step.candidates.includes(before)) return before;
  if (step.candidates.length === 0) return before ?? "";
  const hash = createHash("md5").update(step.leadId).digest().readUInt32BE(0);
  return step.candidates[hash % step.candidates.length]!;
}

function blockedEvent(
  message: PlannedMessage,
  step: DueStep,
  ids: { messageId: string; conversationId: string },
): NewEvent {
  const facts = { ...step, ...message, ...ids, source: "campaign" as const };
  const data = messageData(facts, { providerMessageId: null, subject: null });
  return newEvent(
    message.workspaceId,
    "message.failed",
    { ...data, code: message.code ?? "", reason: message.detail ?? "" },
    { leadId: message.leadId, campaignId: message.campaignId, channel: message.channel },
  );
}
