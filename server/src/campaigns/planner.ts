import { Rounds } from "../background/rounds.ts";
import {
  type CampaignRules,
  campaignDay,
  type DueLead,
  databaseNow,
  holdSteps,
  keepWatch,
  leaveSender,
  loadQueues,
  loadRules,
  movingMessages,
  type Outage,
  type Postponement,
  postpone,
  type Queue,
  takeDue,
} from "../db/due.ts";
import { type DueStep, finishCampaigns, moveOn, type Progress, storePlanned } from "../db/enrollment.ts";
import { type NewEvent, recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import { type Passage, recordPassages } from "../db/passage.ts";
import { type Database, isConnectionError, isRetryable, type Queryable } from "../db/pool.ts";
import { bringBackStrays, recallFromStuck } from "../db/strays.ts";
import { openTasks } from "../db/task.ts";
import type { PublicLinks } from "../domain/public-link.ts";
import { compileRules, dueTime, zoneOf } from "./decide.ts";
import { openFollowUpTurns } from "./follow-ups.ts";
import { localDay, openPaceBook } from "./pace-book.ts";
import {
  type Branched,
  type Chosen,
  inOrder,
  pacedAction,
  type Quota,
  roomOf,
  type Selected,
  type Selection,
  selectLeads,
} from "./select.ts";
import { blockedEvent, taskEvent, writeMessage, writeTask } from "./writing.ts";

/**
 * The planner turns due steps into messages: decides whether the moment is right (decide.ts), picks the sender and keeps to
 * its pace (pace-book.ts), writes the text, and queues the message in the sender's lane, in one transaction with the lead's
 * place in the sequence. Nothing is planned ahead: a message is written when it may go out at once. Several planners share
 * the work by skipping what another one holds.
 */
export interface PlannerOptions {
  db: Database;
  wakeMessages: (lanes: readonly TouchedLane[]) => void;
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** Milliseconds between rounds when nothing wakes the planner. Default 1,000. */
  pollMs?: number;
  /** For `{{ unsubscribeUrl }}` in texts. Default: it has no value. */
  links?: PublicLinks | null;
  onError: (stage: string, error: unknown) => void;
}

/** Steps planned in one transaction; of one queue; and messages of one campaign that are on their way at most. */
export const limits = { limit: 500, perQueue: 500, maxOpen: 2_000 };
/** Leads of a queue that are looked at, though fewer may be sent to. */
export const lookAhead = 50;

const defaultPollMs = 1_000;

/** Milliseconds between looks for leads that no queue has. */
const lookForStraysMs = 10_000;

/** What one round did. */
export interface Round {
  planned: number;
  finished: number;
  /** When the next round has something to do, unix milliseconds; null: not before somebody says so. */
  nextAt: number | null;
}

export class Planner {
  private readonly options: PlannerOptions;
  private readonly rounds: Rounds;
  /** The steps of the transaction under way. */
  private planning: DueStep[] = [];
  /** Campaigns in the order in which they were served: whoever waits longest is next. */
  private readonly served = new Map<string, number>();
  private servings = 0;
  private lookedForStrays = 0;

  constructor(options: PlannerOptions) {
    this.options = options;
    this.rounds = new Rounds({
      round: () => this.round(),
      retryMs: options.pollMs ?? defaultPollMs,
      onError: (error) => options.onError("plan", error),
    });
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends after the round that is under way. Before `start`, or twice, it is safe. */
  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  wake(): void {
    this.rounds.wake();
  }

  /** As `runOnce`; answers after how many milliseconds there is something to do again, or to look whether there is. */
  private async round(): Promise<number> {
    const { pollMs = defaultPollMs } = this.options;
    const { planned, finished, nextAt } = await this.runOnce();
    if (planned > 0 || finished > 0) return 0;
    return nextAt === null ? pollMs : Math.min(pollMs, Math.max(5, nextAt - (await this.now())));
  }

  private now(): Promise<number> {
    return databaseNow(this.options.db);
  }

  /**
   * One round: plans what is due (at most 500 steps), closes campaigns that are done. One lead whose data the database
   * refuses must not stop everybody else's: the round is then done step by step, and the culprit leaves its sequence.
   */
  async runOnce(): Promise<Round> {
    const now = await this.now();
    await this.options.db.transaction((tx) => keepWatch(tx, now, (leads, outage) => judgeMissed(tx, leads, outage)));
    if (now - this.lookedForStrays >= lookForStraysMs) {
      this.lookedForStrays = now;
      await bringBackStrays(this.options.db);
      await recallFromStuck(this.options.db);
    }
    try {
      return await this.plan(limits, now);
    } catch (error) {
      if (isConnectionError(error) || isRetryable(error)) throw error;
      this.options.onError("plan", error);
    }
    let planned = 0;
    for (let i = 0; i < limits.limit; i++) {
      try {
        const round = await this.plan({ ...limits, perQueue: 1, limit: 1 }, now);
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
    return { planned, finished: 0, nextAt: now };
  }

  private async plan(size: typeof limits, now: number): Promise<Round> {
    let messageLanes: TouchedLane[] = [];
    let deliveryLanes: TouchedLane[] = [];
    this.planning = [];
    const round = await this.options.db.transaction(async (tx) => {
      const { chosen, postponed, branched, tasks, turns, nextAt, looked } = await this.choose(tx, size, now);
      await postpone(tx, postponed);
      const messages = chosen.map(({ lead, senderId, before }) => ({
        ...writeMessage(lead, now, senderId, this.options.links),
        sendBefore: before,
      }));
      const stored = await storePlanned(tx, messages);
      messageLanes = stored;
      const byStep = new Map(stored.map((entry) => [stepKey(entry), entry]));
      const progress: Progress[] = branched.map(progressOf);
      if (turns.length > 0) progress.push(...(await openFollowUpTurns(tx, turns)));
      await recordPassages(tx, branched.map(passageOf));
      const events: NewEvent[] = [];
      const opened = await openTasks(tx, tasks.map(writeTask));
      for (const [i, lead] of tasks.entries()) {
        const { workspaceId, campaignId, leadId, stepId } = lead;
        const task = opened.find(
          (each) => each.campaignId === campaignId && each.leadId === leadId && each.stepId === stepId,
        );
        // It was done before: this lead came here again.
        if (task?.status !== "open") progress.push({ workspaceId, campaignId, leadId, move: "advance", reason: null });
        else if (task.opened) events.push(taskEvent(tasks[i]!, task.taskId));
      }
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
          const ids = { messageId: entry.messageId, conversationId: entry.conversationId };
          events.push(blockedEvent(message, chosen[i]!.lead, ids));
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
      return { planned: looked, finished: done.length, nextAt };
    });
    if (messageLanes.length > 0) this.options.wakeMessages(messageLanes);
    if (deliveryLanes.length > 0) this.options.wakeDeliveries(deliveryLanes);
    return round;
  }

  /** Goes through the queues: whose turn it is and who may be sent to now; who must wait; and when to look again. */
  private async choose(tx: Queryable, size: typeof limits, now: number) {
    const choice = {
      chosen: [] as Chosen[],
      postponed: [] as Postponement[],
      branched: [] as Branched[],
      tasks: [] as DueLead[],
      /** Follow-ups that the assistant writes. */
      turns: [] as { lead: DueLead; profileId: string }[],
      nextAt: null as number | null,
      looked: 0,
    };
    const later = (at: number) => {
      if (Number.isFinite(at)) choice.nextAt = choice.nextAt === null ? at : Math.min(choice.nextAt, at);
    };
    const queues = await loadQueues(tx);
    for (const queue of queues) if (queue.headAt > now) later(queue.headAt);
    const ripe = queues.filter((queue) => queue.headAt <= now);
    if (ripe.length === 0) return choice;
    // Not while somebody changes their steps: what is written by the old ones would go out after that.
    const settled = await holdSteps(tx, [...new Set(ripe.map(({ campaignId }) => campaignId))]);
    const due = ripe.filter(({ campaignId }) => settled.has(campaignId));
    const rules = new Map(
      (await loadRules(tx, distinct(due), limits.maxOpen)).map((each) => [each.campaignId, compileRules(each)]),
    );
    const senders = [...rules.values()].flatMap(({ rules: { workspaceId, senderIds } }) =>
      senderIds.map((senderId) => ({ workspaceId, senderId })),
    );
    const strangers = due.flatMap(({ workspaceId, sender }) =>
      sender === "" ? [] : [{ workspaceId, senderId: sender }],
    );
    const wanted = new Map([...senders, ...strangers].map((each) => [each.senderId, each]));
    const book = await openPaceBook(tx, [...wanted.values()], now, { withQueued: true });
    const turn = (queue: Queue) => this.served.get(queue.campaignId) ?? 0;
    due.sort(
      (a, b) =>
        turn(a) - turn(b) || (a.campaignId < b.campaignId ? -1 : a.campaignId > b.campaignId ? 1 : inOrder(a, b)),
    );
    const quotas = new Map<string, Quota>();
    // Their messages are stored at the end of the round: until then the rows don't say that they were written to.
    const touched = new Set<string>();
    for (const queue of due) {
      const compiled = rules.get(queue.campaignId);
      if (!compiled || choice.looked >= size.limit) continue;
      let quota = quotas.get(queue.campaignId);
      if (!quota) {
        quota = await openQuota(tx, compiled.rules, now);
        quotas.set(queue.campaignId, quota);
      }
      const selection = { compiled, book, quota, now, size: Math.min(size.perQueue, size.limit - choice.looked) };
      const taken = await this.serve(tx, queue, selection, touched);
      const { chosen, postponed, branched, tasks } = taken;
      for (const { lead } of chosen) touched.add(lead.leadId);
      // What still waits when the campaign's day ends is planned anew, and counts on the day on which it goes out.
      if (isCapped(compiled.rules)) {
        for (const one of chosen) one.before = Math.min(one.before ?? quota.nextDay, quota.nextDay);
      }
      this.planning.push(...chosen.map(({ lead }) => lead), ...branched.map(({ lead }) => lead), ...tasks);
      choice.chosen.push(...chosen);
      choice.postponed.push(...postponed);
      choice.branched.push(...branched);
      const { profileId } = compiled.rules;
      if (profileId === null) choice.tasks.push(...tasks);
      else choice.turns.push(...tasks.map((lead) => ({ lead, profileId })));
      choice.looked += chosen.length + postponed.length + branched.length + tasks.length + taken.moved;
      later(taken.nextAt);
      for (const { until, hold } of taken.postponed) if (!hold) later(until);
      if (taken.chosen.length > 0) this.served.set(queue.campaignId, ++this.servings);
    }
    return choice;
  }

  private async serve(
    tx: Queryable,
    queue: Queue,
    selection: Selection,
    touched: ReadonlySet<string>,
  ): Promise<Served> {
    const { now, book, compiled, size } = selection;
    const room = roomOf(queue, selection);
    if (room.size === 0) {
      let moved = 0;
      const gone = room.stuck && compiled.rules.onSenderPaused === "move";
      if (gone) moved = await leaveSender(tx, queue, size);
      return { chosen: [], postponed: [], branched: [], tasks: [], moved, nextAt: room.nextAt };
    }
    const leads = await takeDue(tx, queue, now, Math.min(size, Math.max(room.size, lookAhead)));
    if (compiled.rules.minTouchGapSeconds > 0) {
      for (const lead of leads) if (touched.has(lead.leadId)) lead.touchedAt = now;
    }
    const selected = selectLeads(leads, queue, room, selection);
    // A sender that somebody has to mend is looked at again when that is done: its lane's change wakes the planner.
    const nextAt = Math.min(...room.senders.map((id) => book.slot(id, pacedAction(queue.action)).at));
    return { ...selected, moved: 0, nextAt };
  }
}

/**
 * Leads whose first look fell into an outage: those that were due in it, and too long ago, are held; the others get the
 * time at which they are, or were, due.
 */
export async function judgeMissed(db: Queryable, leads: readonly DueLead[], outage: Outage): Promise<Postponement[]> {
  if (leads.length === 0) return [];
  const { workspaceId, campaignId, from, to, allowed } = outage;
  const [rules] = await loadRules(db, [outage], limits.maxOpen);
  const compiled = compileRules(rules!);
  return leads.map(({ leadId, nextSender: sender, ...lead }) => {
    // One that is due never is told so by the planner.
    const at = dueTime(compiled, lead) ?? lead.nextAt;
    const wait = { workspaceId, campaignId, leadId, sender };
    if (isTooLate(at, from, to - allowed * 1000)) {
      const due = `${new Date(at).toISOString().slice(0, 19)}Z`;
      const reason = `too_late: its step was due at ${due}, more than the ${allowed} s that the campaign allows ago`;
      return { ...wait, until: to, reason, hold: true };
    }
    return { ...wait, until: at, reason: at > to ? "the step's delay" : "missed while nobody planned", hold: false };
  });
}

/** What was due before had been waiting for its sender's turn, and goes on doing so. */
export const isTooLate = (at: number, from: number, before: number): boolean => at > from && at < before;

interface Served extends Selected {
  /** Leads that left the queue of a sender which can't send. */
  moved: number;
  nextAt: number;
}

/** Whether its messages are counted by days. */
function isCapped({ limits: { messagesPerDay = null, newLeadsPerDay = null } }: CampaignRules): boolean {
  return messagesPerDay !== null || newLeadsPerDay !== null;
}

async function openQuota(tx: Queryable, rules: CampaignRules, now: number): Promise<Quota> {
  const { workspaceId, campaignId } = rules;
  const { messagesPerDay = null, newLeadsPerDay = null } = rules.limits;
  const day = localDay(zoneOf(rules, null), now);
  const counted = isCapped(rules);
  // Two planners that both read the same count would both use what is left, and two that find the same lead untouched in
  // two campaigns would both write to it: one of them at a time.
  const locks = [
    ...(counted ? [`quota ${campaignId}`] : []),
    ...(rules.minTouchGapSeconds > 0 ? [`touch ${workspaceId}`] : []),
  ];
  for (const lock of locks) {
    const { rows } = await tx.query<{ free: boolean }>(
      "select pg_try_advisory_xact_lock(hashtextextended('herald.' || $1, 0)) as free",
      [lock],
    );
    if (!rows[0]!.free) return { open: 0, messages: 0, newLeads: 0, nextDay: day.next };
  }
  const done = counted ? await campaignDay(tx, workspaceId, campaignId, day.start) : { messages: 0, newLeads: 0 };
  const left = (cap: number | null, used: number) => (cap === null ? Number.POSITIVE_INFINITY : cap - used);
  // Asked only then: else one broken sender after the other, or messages that a person has to resolve, would end the campaign.
  const open =
    rules.open < limits.maxOpen ? rules.open : await movingMessages(tx, workspaceId, campaignId, limits.maxOpen);
  return {
    open: limits.maxOpen - open,
    messages: left(messagesPerDay, done.messages),
    newLeads: left(newLeadsPerDay, done.newLeads),
    nextDay: day.next,
  };
}

function distinct(queues: readonly Queue[]): { workspaceId: string; campaignId: string }[] {
  return [...new Map(queues.map(({ workspaceId, campaignId }) => [campaignId, { workspaceId, campaignId }])).values()];
}

/** A lead has a step of a campaign once. */
function stepKey(of: { workspaceId: string; campaignId: string; leadId: string; stepId: string }): string {
  return `${of.workspaceId}/${of.campaignId}/${of.leadId}/${of.stepId}`;
}

function progressOf({ lead: { workspaceId, campaignId, leadId }, to, reason }: Branched): Progress {
  if (to === "stop") return { workspaceId, campaignId, leadId, move: "stop", reason };
  const target = typeof to === "object" ? to.goTo : undefined;
  return { workspaceId, campaignId, leadId, move: "advance", reason: null, to: target };
}

function passageOf({ lead: { workspaceId, campaignId, leadId, stepId }, outcome, reason }: Branched): Passage {
  return { workspaceId, campaignId, leadId, stepId, outcome, reason };
}
