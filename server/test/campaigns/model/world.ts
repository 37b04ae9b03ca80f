import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import {
  cancelMessage,
  enrollLeads,
  pauseCampaign,
  releaseHeldLead,
  resolveMessage,
  resumeCampaign,
  setLeadStatus,
  startCampaign,
} from "../../../src/campaigns/control.ts";
import { MessageDesk } from "../../../src/campaigns/desk.ts";
import { FlightRecorder, forgetFlights, readFlights } from "../../../src/campaigns/flight-recorder.ts";
import {
  changeRules,
  editSteps,
  getCampaign,
  insertCampaign,
  type Step,
  updateCampaign,
} from "../../../src/db/campaign.ts";
import { storeFlights } from "../../../src/db/flight.ts";
import { updateLead } from "../../../src/db/lead.ts";
import { rescueLeases } from "../../../src/db/lease.ts";
import type { Database, Queryable } from "../../../src/db/pool.ts";
import { deleteSender, senderInUse, updateSender } from "../../../src/db/sender.ts";
import type { BegunMessage } from "../../../src/db/sending.ts";
import { stopSequences } from "../../../src/db/stopping.ts";
import { addSuppression, removeSuppression } from "../../../src/db/suppression.ts";
import { registerWorker } from "../../../src/db/worker.ts";
import { countRecent } from "../../../src/db/workspace.ts";
import { HeraldError } from "../../../src/domain/error.ts";
import { leastMs } from "../../../src/domain/schedule/delay.ts";
import type { VirtualClock } from "../../virtual-clock.ts";
import type { Action, Edit, Forbidding, History, StepShape } from "./history.ts";
import { Provider } from "./provider.ts";
import type { EndMessage, EndPlace, Facts, RunRecord } from "./record.ts";
import { Worker } from "./worker.ts";

const workspaceId = "ws_model";
const flights = mkdtempSync(join(tmpdir(), "herald-model-"));
process.once("exit", () => rmSync(flights, { recursive: true, force: true }));

/** Time that passes, as `performance` measures it: clocks that are set don't move it. */
const realNow = performance.now.bind(performance);
let passed = 0;

const tables = `outbox, lane, message, conversation, enrollment, step, campaign, suppression, lead, sender, flight, event, attempt, worker, workspace`;
let worlds = 0;

/** One history, told to Herald as it is: its database, planners, outbox and sending, with a provider of its own. */
export class World {
  private readonly clock: VirtualClock;
  private readonly db: Database;
  private readonly history: History;
  private readonly provider: Provider;
  private readonly desk: MessageDesk;
  private workers: Worker[] = [];
  /** Dead, and nobody has noticed yet. */
  private dead: Worker[] = [];
  private readonly facts: Facts = { campaigns: {}, leads: {}, suppressed: [], senders: {} };
  private snapshots: Facts[] = [];
  private attempts = 0;
  private turn = 0;
  private steps = 0;
  private addresses = 0;
  private submitted = 0;
  private readonly errors: string[] = [];
  private readonly edited = new Set<string>();
  private readonly moved = new Set<string>();
  private readonly ever: Record<string, string[]> = {};
  /** What happened, for people. */
  readonly journal: string[] = [];

  private constructor(clock: VirtualClock, history: History) {
    this.clock = clock;
    this.db = clock.db;
    this.history = history;
    const tell = (what: string) => this.tell(what);
    this.provider = new Provider(history.setting.verdicts, () => clock.now(), tell);
    this.desk = new MessageDesk({ db: clock.db, wake: (lanes) => this.wake(lanes) });
  }

  static async run(clock: VirtualClock, history: History): Promise<{ record: RunRecord; journal: string[] }> {
    const world = new World(clock, history);
    let random = 1;
    vi.spyOn(Math, "random").mockImplementation(() => {
      random = (random * 48_271) % 2_147_483_647;
      return random / 2_147_483_647;
    });
    vi.spyOn(performance, "now").mockImplementation(() => realNow() + passed);
    try {
      await world.begin();
      for (const action of history.actions) {
        world.tell(JSON.stringify(action));
        await world.act(action);
      }
      world.tell("the end: all goes on");
      await world.end();
      return { record: await world.record(), journal: world.journal };
    } finally {
      for (const worker of [...world.workers, ...world.dead]) {
        worker.kill();
        worker.recorder?.close();
      }
      vi.restoreAllMocks();
    }
  }

  private tell(what: string): void {
    this.journal.push(`${new Date(this.clock.now()).toISOString().slice(5, 19)} ${what}`);
  }

  private async begin(): Promise<void> {
    const { db } = this;
    const { setting } = this.history;
    // A few rows are deleted faster than tables are emptied; what that leaves behind is cleared now and then.
    if (worlds++ % 100 === 99) await db.query(`truncate ${tables} cascade`);
    else for (const table of tables.split(", ")) await db.query(`delete from ${table}`);
    await this.clock.set(setting.startsAt);
    await db.query("insert into workspace (id, name, sms_hours, time_zone) values ($1, 'Model', $2, $3)", [
      workspaceId,
      JSON.stringify(setting.smsHours),
      setting.zone,
    ]);
    for (const channel of ["sms", "email"] as const) {
      for (const [i, limits] of setting.senders[channel].entries()) {
        const id = `${channel}_${i}`;
        const { senderHours = [null] } = setting;
        const hours = senderHours[Object.keys(this.facts.senders).length % senderHours.length]!;
        await db.query(
          `insert into sender (workspace_id, id, name, channel, provider, address, config, limits, schedule, time_zone, created_at)
           values ($1, $2, 'Model', $3, $4, 'model', '{}', $5, $6, $7, now())`,
          [
            ...[workspaceId, id, channel, channel === "sms" ? "asked" : "mute", JSON.stringify({ message: limits })],
            ...[hours && JSON.stringify(hours.schedule), hours?.zone],
          ],
        );
        await db.query("insert into lane (workspace_id, id, kind, max_leased) values ($1, $2, 'message', 2)", [
          workspaceId,
          id,
        ]);
        this.facts.senders[id] = { limits, hours };
      }
    }
    for (const zone of setting.leadZones) await this.addLead(zone);
    for (const [c, shape] of setting.campaigns.entries()) {
      const id = `campaign_${c}`;
      const steps = shape.steps.map((step, i) => this.newStep(step, i + 1));
      await db.transaction(async (tx) => {
        await insertCampaign(tx, workspaceId, {
          id,
          name: id,
          timeZone: null,
          senderIds: Object.keys(this.facts.senders),
          steps,
        });
        await changeRules(tx, workspaceId, id, { ...shape, allowParallel: c > 0 });
      });
      this.facts.campaigns[id] = {
        running: false,
        startedAt: null,
        steps: steps.map(({ id: stepId, channel, delay }) => ({ id: stepId, channel: channel!, delay })),
        schedule: shape.schedule,
        limits: shape.limits,
      };
      const leads = Object.keys(this.facts.leads).filter((_, n) => c === 0 || n % 2 === 0);
      await this.enroll(id, leads);
    }
    for (let i = 0; i < setting.workers; i++) await this.hire();
  }

  private async addLead(zone: string | null): Promise<string> {
    const n = Object.keys(this.facts.leads).length;
    const [id, sms, email] = [`lead_${n}`, `+120255500${String(n).padStart(2, "0")}`, `person${n}@example.com`];
    await this.db.query(
      "insert into lead (workspace_id, id, first_name, phone, email, time_zone) values ($1, $2, $3, $4, $5, $6)",
      [workspaceId, id, `Person${n}`, sms, email, zone],
    );
    this.facts.leads[id] = { zone, sms, email, done: false, left: [], since: {} };
    this.ever[id] = [];
    return id;
  }

  private async enroll(campaignId: string, leadIds: string[]): Promise<void> {
    await this.db.transaction((tx) => enrollLeads(tx, workspaceId, campaignId, leadIds));
    for (const id of leadIds) this.facts.leads[id]!.since[campaignId] ??= this.clock.now();
  }

  private newStep({ channel, delay }: StepShape, position: number): Step {
    const id = `step_${this.steps++}`;
    const subject = channel === "email" ? "Hello" : null;
    const text = `${id}|0 for {{ firstName }}`;
    const plain = { key: null, condition: null, otherwise: null, timeLimit: null, variants: null };
    const what = { delay, delayMs: leastMs(delay), subject, text, html: null };
    return { id, position, channel, action: "message", ...what, ...plain };
  }

  private async hire(): Promise<void> {
    const no = await registerWorker(this.db);
    const recorder = this.history.setting.recorder ? new FlightRecorder(flights, no) : null;
    const hooks = {
      preparing: () => this.snapshots.push(structuredClone(this.facts)) - 1,
      begun: (token: number, messages: readonly { message: BegunMessage }[]) => {
        for (const { message } of messages) {
          if (message.verdict !== "go") continue;
          this.provider.begun(message.messageId, message.attempts, {
            n: ++this.attempts,
            leadId: message.leadId,
            campaignId: message.campaignId,
            senderId: message.senderId,
            channel: message.channel,
            at: this.clock.now(),
            facts: this.snapshots[token]!,
          });
        }
      },
      settled: (results: readonly { message: BegunMessage | null }[]) => {
        for (const { message } of results) if (message) this.provider.settled(message.messageId, message.attempts);
      },
      wakeMessages: (lanes: Parameters<World["wake"]>[0]) => this.wake(lanes),
      onError: (stage: string, error: unknown) => {
        // Two that wait for each other are told so, and try again: that is no failure.
        if (/^(40P01|40001)$/.test(String((error as { code?: unknown }).code))) return;
        this.errors.push(`${stage}: ${(error as Error).message}`);
      },
    };
    const adapters = (worker: Worker) => [
      this.provider.adapter(worker, "asked", true),
      this.provider.adapter(worker, "mute", false),
    ];
    this.workers.push(new Worker(this.db, no, adapters, hooks, recorder));
  }

  /** As the notifications do that go to all processes. */
  private wake(lanes: readonly { workspaceId: string; laneId: string }[]): void {
    for (const worker of this.workers) worker.messages.wake(lanes);
  }

  /** The dead are replaced, and wait to be found. */
  private async replaceDead(): Promise<void> {
    for (const worker of this.workers.filter((each) => each.dead)) {
      this.workers = this.workers.filter((each) => each !== worker);
      this.dead.push(worker);
      await this.hire();
    }
  }

  /** What the upkeep of a living process does: takes back what ran out and, of the dead, what they left on record. */
  private async upkeep(ofDead: boolean): Promise<void> {
    const dead = ofDead ? this.dead : [];
    for (const worker of dead) {
      const known = worker.recorder ? readFlights(flights, worker.no) : null;
      if (known) await storeFlights(this.db, worker.no, known);
    }
    const rescued = await rescueLeases(this.db, { deadWorkers: dead.map(({ no }) => no) });
    for (const worker of dead) {
      worker.recorder?.close();
      forgetFlights(flights, worker.no);
    }
    if (ofDead) this.dead = [];
    if (rescued > 0) for (const worker of this.workers) worker.messages.wakeAll();
  }

  /** The clock and time itself go on; who lives keeps its leases, and a call has its deadline. */
  private async pass(ms: number): Promise<void> {
    if (ms >= 30_000) {
      for (const worker of this.workers) {
        if (!worker.waitsForAnswer) continue;
        this.provider.abort(worker);
        await worker.open();
      }
    }
    passed += ms;
    await this.clock.set(this.clock.now() + ms);
    for (const worker of this.workers) if (!worker.frozen && !worker.dead) await worker.messages.extend();
  }

  /** From one moment to the next at which something is to be done, as if the workers had looked all the time. */
  private async flow(until: number, most: number): Promise<void> {
    for (let i = 0; i < most; i++) {
      const worker = this.nextWorker();
      if (!worker) return;
      await this.upkeep(false);
      for (let rounds = 0; rounds < 30 && (await worker.round()); rounds++);
      await this.replaceDead();
      const { rows } = await this.db.query<{ at: number | null }>(
        `select (extract(epoch from min(greatest(o.due_at, l.parked_until))) * 1000)::float8 as at from outbox o
         join lane l on l.workspace_id = o.workspace_id and l.id = o.lane_id
         where o.lease is null and l.parked_until is distinct from 'infinity'`,
      );
      const next = Math.min(worker.nextAt ?? until, rows[0]!.at ?? until);
      if (next >= until) break;
      // A millisecond on: times in the database have microseconds.
      await this.pass(Math.max(Math.ceil(next) + 1, this.clock.now() + 1) - this.clock.now());
      await this.db.query("update campaign set planned_at = now() where status = 'active'");
    }
  }

  /** In turn; one that stands still is passed over. */
  private nextWorker(): Worker | undefined {
    for (let i = 0; i < this.workers.length; i++) {
      const worker = this.workers[this.turn++ % this.workers.length]!;
      if (!worker.frozen && !worker.dead) return worker;
    }
    return undefined;
  }

  private campaign(n: number): string {
    const ids = Object.keys(this.facts.campaigns);
    return ids[n % ids.length]!;
  }

  private lead(n: number): string {
    const ids = Object.keys(this.facts.leads);
    return ids[n % ids.length]!;
  }

  private sender(n: number): string {
    const ids = Object.keys(this.facts.senders);
    return ids[n % ids.length]!;
  }

  private worker(n: number): Worker {
    return this.workers[n % this.workers.length]!;
  }

  /** What Herald refuses, with an error that says so, has not happened: false. */
  private async asked(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof HeraldError) return false;
      throw error;
    }
  }

  private async forbid(action: Forbidding): Promise<void> {
    const { db, facts } = this;
    switch (action.do) {
      case "pause": {
        const id = this.campaign(action.campaign);
        if (await this.asked(() => pauseCampaign(db, workspaceId, id, "user"))) facts.campaigns[id]!.running = false;
        return;
      }
      case "reply": {
        const id = this.lead(action.lead);
        await db.transaction((tx) => setLeadStatus(tx, workspaceId, id, action.status, "automation", null));
        facts.leads[id]!.done = true;
        this.ever[id]!.push("lead_status");
        return;
      }
      case "optOut": {
        const id = this.lead(action.lead);
        const address = facts.leads[id]![action.channel === "email" ? "email" : "sms"];
        await addSuppression(db, workspaceId, { channel: action.channel, address, reason: "STOP", source: "lead" });
        facts.suppressed.push(`${action.channel} ${address}`);
        this.ever[id]!.push("suppressed");
        return;
      }
      case "stopLead": {
        const [campaign, id] = [this.campaign(action.campaign), this.lead(action.lead)];
        if (!(campaign in facts.leads[id]!.since)) return;
        const stopped = await db.transaction((tx) =>
          stopSequences(tx, { workspaceId, leadId: id, reason: "by_hand: asked for", campaignId: campaign }),
        );
        this.ever[id]!.push("by_hand", "left_campaign");
        // One that had finished, or stopped, is not taken out any more.
        if (stopped.stopped > 0) facts.leads[id]!.left.push(campaign);
        return;
      }
    }
  }

  private async act(action: Action): Promise<void> {
    const { db, facts } = this;
    switch (action.do) {
      case "pause":
      case "reply":
      case "optOut":
      case "stopLead":
        return await this.forbid(action);
      case "start": {
        const id = this.campaign(action.campaign);
        const { startedAt } = facts.campaigns[id]!;
        if (startedAt !== null || !(await this.asked(() => startCampaign(db, workspaceId, id, "api")))) return;
        Object.assign(facts.campaigns[id]!, { running: true, startedAt: this.clock.now() });
        return;
      }
      case "resume": {
        const id = this.campaign(action.campaign);
        if (await this.asked(() => resumeCampaign(db, workspaceId, id, "user"))) facts.campaigns[id]!.running = true;
        return;
      }
      case "readmit": {
        const id = this.lead(action.lead);
        for (const address of [facts.leads[id]!.sms, facts.leads[id]!.email]) {
          for (const channel of ["sms", "email", "all"] as const) {
            await removeSuppression(db, workspaceId, { channel, address });
            facts.suppressed = facts.suppressed.filter((each) => each !== `${channel} ${address}`);
          }
        }
        return;
      }
      case "enroll":
        if (Object.keys(facts.leads).length < 8)
          await this.enroll(this.campaign(action.campaign), [await this.addLead(action.zone)]);
        return;
      case "release":
        await db.transaction((tx) =>
          releaseHeldLead(tx, workspaceId, this.campaign(action.campaign), this.lead(action.lead)),
        );
        return;
      case "resolve":
        return await this.resolve();
      case "cancel":
        return await this.cancel(action.message);
      case "editSteps":
        return await this.edit(this.campaign(action.campaign), action.change);
      case "schedule": {
        const id = this.campaign(action.campaign);
        await db.transaction((tx) => changeRules(tx, workspaceId, id, { schedule: action.schedule }));
        facts.campaigns[id]!.schedule = action.schedule;
        return;
      }
      case "campaignLimits": {
        const id = this.campaign(action.campaign);
        const limits = { messagesPerDay: null, newLeadsPerDay: null, ...action.limits };
        await db.transaction((tx) => changeRules(tx, workspaceId, id, { limits }));
        facts.campaigns[id]!.limits = action.limits;
        return;
      }
      case "zone": {
        const id = this.lead(action.lead);
        await updateLead(db, workspaceId, id, { timeZone: action.zone });
        facts.leads[id]!.zone = action.zone;
        this.moved.add(id);
        return;
      }
      case "address": {
        const id = this.lead(action.lead);
        const phone = `+120255510${String(this.addresses++).padStart(2, "0")}`;
        await updateLead(db, workspaceId, id, { phone });
        facts.leads[id]!.sms = phone;
        return;
      }
      case "senderLimits": {
        const id = this.sender(action.sender);
        await db.transaction(async (tx) => {
          await updateSender(tx, workspaceId, id, { limits: { message: action.limits } });
          await countRecent(tx, workspaceId, id);
        });
        facts.senders[id]!.limits = action.limits;
        return;
      }
      case "senderHours": {
        const id = this.sender(action.sender);
        const { hours } = action;
        const change = { schedule: hours?.schedule ?? null, timeZone: hours?.zone ?? null };
        await db.transaction((tx) => updateSender(tx, workspaceId, id, change));
        facts.senders[id]!.hours = hours;
        return;
      }
      case "pauseSender":
        await updateSender(db, workspaceId, this.sender(action.sender), {
          status: "paused",
          statusReason: "Asked for.",
        });
        return;
      case "mendSender":
        return await this.mend(this.sender(action.sender));
      case "dropSender":
        return await this.dropSender(this.sender(action.sender));
      case "submit": {
        const leadId = this.lead(action.lead);
        const text = `api|${this.submitted++}`;
        const subject = action.channel === "email" ? "Hello" : null;
        const order = {
          channel: action.channel,
          action: "message" as const,
          senderId: null,
          subject,
          text,
          html: null,
        };
        await this.asked(() =>
          this.desk.submit({ ...order, workspaceId, leadId, scheduledAt: null, source: "api" }, null),
        );
        return;
      }
      case "work": {
        const chosen = new Set(action.workers.map((n) => this.worker(n)));
        const { meanwhile } = action;
        await Promise.all([
          ...[...chosen].map((worker) => worker.round()),
          ...(meanwhile ? [this.forbid(meanwhile)] : []),
        ]);
        return await this.replaceDead();
      }
      case "stall": {
        const worker = this.worker(action.worker);
        worker.close(action.gate);
        await worker.round();
        if (action.meanwhile) await this.forbid(action.meanwhile);
        if (action.wait !== null) await this.pass(action.wait * 1000);
        if (action.goOn) await worker.open();
        return;
      }
      case "go":
        await this.worker(action.worker).open();
        return await this.replaceDead();
      case "crash":
        this.worker(action.worker).kill();
        return await this.replaceDead();
      case "crashAt": {
        const worker = this.worker(action.worker);
        worker.killAt(action.statement, action.after);
        await worker.round();
        return await this.replaceDead();
      }
      case "bury":
        return await this.upkeep(true);
      case "pass":
        return await this.pass(action.seconds * 1000);
      case "jump": {
        // A process that stands between commit and call while clocks are set can't be told from a dead one: it goes on first.
        for (const worker of this.workers) if (worker.frozen) await worker.open();
        await this.clock.set(this.clock.now() + action.seconds * 1000);
        return;
      }
      case "flow":
        return await this.flow(this.clock.now() + action.hours * 3_600_000, 25);
    }
  }

  /** Taken out of the campaigns, where another one can do its work, and deleted, where nothing of it is under way. */
  private async dropSender(id: string): Promise<void> {
    const left = Object.keys(this.facts.senders).filter((other) => other !== id);
    if (!left.some((other) => other.split("_")[0] === id.split("_")[0])) return;
    for (const campaign of Object.keys(this.facts.campaigns)) {
      await this.db.transaction((tx) => updateCampaign(tx, workspaceId, campaign, { senderIds: left }));
    }
    const deleted = await this.db.transaction(
      async (tx) => (await senderInUse(tx, workspaceId, id)) === null && (await deleteSender(tx, workspaceId, id)),
    );
    if (deleted) delete this.facts.senders[id];
  }

  private async mend(id: string): Promise<void> {
    await updateSender(this.db, workspaceId, id, { status: "active", statusReason: null });
    this.wake([{ workspaceId, laneId: id }]);
  }

  /** A person looks into the mailbox, and says how it is. */
  private async resolve(): Promise<void> {
    const { rows } = await this.db.query<{ id: string }>(
      "select id from message where status = 'uncertain' order by id limit 1",
    );
    const id = rows[0]?.id;
    if (id === undefined) return;
    const found = this.provider.calls.some((call) => call.messageId === id && call.accepted);
    this.provider.resolved(id, found);
    const { messageLanes } = (await resolveMessage(this.db, workspaceId, id, found ? "sent" : "not_sent"))!;
    this.wake(messageLanes);
  }

  private async cancel(n: number): Promise<void> {
    const { rows } = await this.db.query<{ id: string }>(
      "select id from message where status in ('queued', 'held') order by lead_id, step_id",
    );
    const id = rows[n % Math.max(1, rows.length)]?.id;
    if (id !== undefined) await this.db.transaction((tx) => cancelMessage(tx, workspaceId, id));
  }

  private async edit(id: string, change: Edit): Promise<void> {
    await this.db.transaction(async (tx: Queryable) => {
      await tx.query("select 1 from campaign where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
      const { steps, status } = (await getCampaign(tx, workspaceId, id))!;
      const after = this.changed(steps, change).map((step, i) => ({ ...step, position: i + 1 }));
      if (status === "draft") await updateCampaign(tx, workspaceId, id, { steps: after });
      else await editSteps(tx, workspaceId, id, steps, after);
      this.facts.campaigns[id]!.steps = after.map(({ id: stepId, channel, delay }) => ({
        id: stepId,
        channel: channel!,
        delay,
      }));
    });
    this.edited.add(id);
  }

  private changed(steps: readonly Step[], change: Edit): Step[] {
    const after = [...steps];
    if (change.edit === "add") {
      after.splice(change.at % (after.length + 1), 0, this.newStep(change.shape, 1));
      return after;
    }
    const i = change.step % after.length;
    const step = after[i]!;
    switch (change.edit) {
      case "remove":
        if (after.length > 1) after.splice(i, 1);
        break;
      case "delay":
        after[i] = { ...step, delay: change.delay, delayMs: leastMs(change.delay) };
        break;
      case "swap":
        after.splice(i, 1);
        after.splice((i + 1) % (after.length + 1), 0, step);
        break;
      case "text":
        after[i] = { ...step, text: `${step.id}|${this.steps++} for {{ firstName }}` };
        break;
    }
    return after;
  }

  /** Everybody goes on, all is well, and time passes until nothing more happens. */
  private async end(): Promise<void> {
    for (const worker of this.workers) await worker.open();
    await this.replaceDead();
    this.provider.verdicts = [];
    for (const id of Object.keys(this.facts.senders)) await this.mend(id);
    for (const [id, { startedAt }] of Object.entries(this.facts.campaigns)) {
      const n = Object.keys(this.facts.campaigns).indexOf(id);
      await this.act(startedAt === null ? { do: "start", campaign: n } : { do: "resume", campaign: n });
    }
    await this.upkeep(true);
    await this.flow(this.clock.now() + 400 * 86_400_000, 400);
  }

  private async record(): Promise<RunRecord> {
    const { db } = this;
    const messages = await db.query<EndMessage>(
      "select id, lead_id, campaign_id, step_id, status, status_code from message",
    );
    const places = await db.query<EndPlace>(
      `select e.lead_id, e.campaign_id, e.state, e.state_reason, e.next_at, e.next_step_id, c.status as campaign_status
       from enrollment e join campaign c on c.workspace_id = e.workspace_id and c.id = e.campaign_id`,
    );
    const lanes = await db.query<{ id: string; leased: number; rows: number }>(
      `select l.id, l.leased, (select count(*)::int from outbox o where o.lane_id = l.id and o.lease is not null) as rows from lane l`,
    );
    const left = await db.query("select 1 from outbox");
    return {
      zone: this.history.setting.zone,
      smsHours: this.history.setting.smsHours,
      calls: this.provider.calls,
      lookUps: this.provider.lookUps,
      edited: [...this.edited],
      moved: [...this.moved],
      ever: this.ever,
      stepCounts: Object.fromEntries(Object.entries(this.facts.campaigns).map(([id, { steps }]) => [id, steps.length])),
      messages: messages.rows,
      places: places.rows,
      lanes: lanes.rows,
      left: left.rowCount ?? 0,
      errors: this.errors,
    };
  }
}
