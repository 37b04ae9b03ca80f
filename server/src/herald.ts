import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";
import { type Logger, pino } from "pino";
import { AnalyticsCounter } from "./analytics/counter.ts";
import type { ApiContext } from "./api/context.ts";
import { enrolling } from "./api/lead-intake.ts";
import { listOpener } from "./api/list-reader.ts";
import { LogTail } from "./api/log-tail.ts";
import { buildApi } from "./api/server.ts";
import { SourceCounts } from "./api/source-counts.ts";
import { SourceDesk } from "./api/source-desk.ts";
import { Assistant } from "./assistant/assistant.ts";
import { OpenModels } from "./assistant/models.ts";
import { AuditSealer } from "./audit/sealer.ts";
import { Housekeeping } from "./background/housekeeping.ts";
import { MessageDesk } from "./campaigns/desk.ts";
import { FlightRecorder, forgetFlights, readFlights } from "./campaigns/flight-recorder.ts";
import { Guard } from "./campaigns/guard.ts";
import { publicLinks } from "./campaigns/links.ts";
import { MailTokens } from "./campaigns/mail-tokens.ts";
import type { MessageResult } from "./campaigns/message-result.ts";
import { Planner } from "./campaigns/planner.ts";
import { OpenSenders } from "./campaigns/senders.ts";
import { MessageSending, type PreparedMessage } from "./campaigns/sending.ts";
import type { ChannelAdapter } from "./channels/channel.ts";
import { smtpAdapter } from "./channels/email/smtp.ts";
import { unipile } from "./channels/linkedin/unipile.ts";
import { sandboxAdapter } from "./channels/sandbox.ts";
import { twilio } from "./channels/sms/twilio.ts";
import type { HeraldConfig } from "./config.ts";
import { deleteOldApprovals } from "./db/approval.ts";
import { deleteOldTurns, rescueTurns } from "./db/assistant-turn.ts";
import { deleteOldChatPaces } from "./db/chat-pace.ts";
import { deleteOldCrmRecords } from "./db/crm.ts";
import { deleteOldCrmPaces } from "./db/crm-pace.ts";
import { sumDeliveries } from "./db/delivery-sum.ts";
import type { TouchedLane } from "./db/event.ts";
import { deleteOldFlights, storeFlights } from "./db/flight.ts";
import { deleteOldKeys } from "./db/idempotency.ts";
import { recountUnread } from "./db/inbox-count.ts";
import { createPartitions } from "./db/migrate.ts";
import { deleteOldNotifications } from "./db/notification.ts";
import { releaseForgotten } from "./db/order.ts";
import type { LaneKind, Settlement } from "./db/outbox.ts";
import { type Database, isConnectionError } from "./db/pool.ts";
import { deleteOldReceived, forgetStrangersMail } from "./db/received.ts";
import { applyRetention } from "./db/retention.ts";
import { sandboxStore } from "./db/sandbox.ts";
import { deleteOldSessions } from "./db/session.ts";
import { deleteOldTries } from "./db/sign-in-try.ts";
import { purgeSources } from "./db/source.ts";
import { registerWorker, unregisterWorker } from "./db/worker.ts";
import { disableFailing } from "./destinations/failing-watch.ts";
import { NotificationFlusher } from "./destinations/notify/flusher.ts";
import { ReplayFeeder } from "./destinations/replay-feeder.ts";
import { systemAdapters } from "./destinations/systems.ts";
import { clientFetch } from "./destinations/webhook/client-fetch.ts";
import { type PreparedDelivery, WebhookDeliveries } from "./destinations/webhook/delivery.ts";
import { HttpClient } from "./destinations/webhook/http-client.ts";
import { TestDeliveries } from "./destinations/webhook/test-delivery.ts";
import { SecretBox } from "./domain/seal.ts";
import { Evaluator } from "./expressions/evaluator.ts";
import { attemptMetrics, countProcessed, countRescued, countTurn } from "./metrics.ts";
import { NotifyMail } from "./notify-mail.ts";
import { type OpenDatabase, openDatabase } from "./open-database.ts";
import { OutboxLoop } from "./outbox/loop.ts";
import { Signals } from "./outbox/signals.ts";
import { Upkeep } from "./outbox/upkeep.ts";
import { Eraser } from "./privacy/eraser.ts";
import { loadSecretKey } from "./secret-key.ts";
import { ImportUndoer } from "./sources/import-undo.ts";
import { ListImporter } from "./sources/list-import/importer.ts";
import { Mailboxes } from "./sources/mailbox/mailboxes.ts";
import { Poller } from "./sources/poller.ts";
import { SourceProcessor } from "./sources/processor.ts";

/** Items that one process has leased at most. Of deliveries as many as eight destinations that don't answer may hold. */
const leased = { message: 2_048, delivery: 8_192 };

/**
 * Of a process's connections those that deliveries have for themselves: one to claim and prepare, one to settle, one for what
 * comes between. At most half of all.
 */
const deliveryConnections = (all: number) => Math.min(3, Math.floor(all / 2));

/** And those by which messages begin, where there are enough: their statements are planned there alone. */
const beginConnections = (all: number) => (all < 6 ? 0 : 1);

/** Seconds that a stop waits for what is in flight; every deadline of a call is shorter or equal. */
const stopWithinMs = 28_000;

const closeApiWithinMs = 5_000;

/** The longest deadline that a model may have. */
const longestThoughtMs = 120_000;

/** One Herald process: the API, the workers, or both. */
export class Herald {
  readonly context: ApiContext;
  private readonly opened: OpenDatabase;
  private readonly deliveryDb: Database;
  /** Null: messages begin on the connections of all else. */
  private readonly beginDb: Database | null;
  private readonly log: Logger;
  private readonly workerNo: number;
  private readonly senders: OpenSenders;
  private readonly client: HttpClient;
  private readonly expressions: Evaluator;
  private readonly delivering: WebhookDeliveries;
  private readonly messages: OutboxLoop<PreparedMessage, MessageResult>;
  private readonly deliveries: OutboxLoop<PreparedDelivery, Settlement>;
  private readonly planner: Planner;
  private readonly recorder: FlightRecorder;
  private readonly guard: Guard;
  private readonly replays: ReplayFeeder;
  private readonly notifications: NotificationFlusher;
  private readonly mail: NotifyMail;
  private readonly sources: SourceProcessor;
  private readonly lists: ListImporter;
  private readonly mailboxes: Mailboxes;
  private readonly modelClient: HttpClient;
  private readonly assistant: Assistant;
  private readonly poller: Poller | null;
  private readonly signals: Signals;
  private readonly upkeep: Upkeep;
  private readonly housekeeping: Housekeeping;
  private readonly sealer: AuditSealer;
  private readonly analytics: AnalyticsCounter;
  private readonly eraser: Eraser;
  private readonly undoer: ImportUndoer;
  private app: FastifyInstance | null = null;
  private working = false;
  private lastTrouble = "";

  private constructor(config: HeraldConfig, opened: OpenDatabase, workerNo: number, log: Logger) {
    this.opened = opened;
    this.log = log;
    this.workerNo = workerNo;
    const { db } = opened;
    const box = new SecretBox(loadSecretKey(config.secretKey, config.dataDir));
    const tokens = new MailTokens({ db, box });
    const adapters = new Map<string, ChannelAdapter>(
      [twilio, unipile, smtpAdapter(tokens), sandboxAdapter(sandboxStore(db))].map((adapter) => [
        adapter.provider,
        adapter as ChannelAdapter,
      ]),
    );
    this.client = new HttpClient({ guarded: !config.allowPrivateDestinations, proxy: config.egressProxy });
    const ask = clientFetch(this.client, "compliance");
    this.senders = new OpenSenders({
      ...{ db, box, adapters },
      post: async (url, request) => {
        const answer = await ask(url, { method: "POST", ...request });
        return { status: answer.status, body: await answer.text() };
      },
    });
    const onError = (stage: string, error: unknown) => this.trouble(stage, error);
    const wakeMessages = (lanes: readonly TouchedLane[]) => this.wake("message", lanes);
    const wakeDeliveries = (lanes: readonly TouchedLane[]) => this.wake("delivery", lanes);
    const wakePlanner = () => this.wakePlanner();
    const flights = join(config.dataDir, "flight");
    this.recorder = new FlightRecorder(flights, workerNo);
    const links = publicLinks(config.publicUrl, box);
    const begins = beginConnections(config.databaseConnections);
    this.beginDb = begins > 0 ? db.beside(begins) : null;
    const sending = new MessageSending({
      db,
      beginDb: this.beginDb ?? db,
      workerNo,
      recorder: this.recorder,
      senders: this.senders,
      links,
      reconcileAfterMs: config.reconcileAfterMs,
      onError,
      wakeMessages,
      wakeDeliveries,
      wakePlanner,
      onAttempt: (result) => attemptMetrics("message", result.settlement.attempt),
      onFailed: (campaigns) => this.guard.failed(campaigns),
    });
    this.expressions = new Evaluator();
    this.deliveryDb = db.beside(deliveryConnections(config.databaseConnections));
    const { allowPrivateDestinations: allowPrivate, publicUrl } = config;
    this.mail = new NotifyMail({ db, senders: new OpenSenders({ db, box, adapters }), server: config.notifySmtp });
    const systems = systemAdapters({
      publicUrl,
      ...{ db: this.deliveryDb, box, client: this.client, allowPrivate, proxy: config.egressProxy, mail: this.mail },
      // Another process finds it at its next look.
      wake: () => this.notifications.wake(),
    });
    const delivering = new WebhookDeliveries({
      db: this.deliveryDb,
      box,
      onError,
      evaluator: this.expressions,
      client: this.client,
      allowPrivate,
      onAttempt: (s) => attemptMetrics("delivery", s.attempt),
      wake: wakeDeliveries,
      systems,
    });
    this.delivering = delivering;
    this.notifications = new NotificationFlusher({
      ...{ db, box, client: this.client, allowPrivate, publicUrl, mail: this.mail, onError },
      wakeDeliveries,
    });
    this.messages = new OutboxLoop(sending, { db, workerNo, maxInFlight: leased.message, onError });
    this.deliveries = new OutboxLoop(delivering, {
      ...{ db: this.deliveryDb, workerNo, maxInFlight: leased.delivery, onError },
    });
    this.planner = new Planner({ db, links, wakeMessages, wakeDeliveries, onError });
    this.guard = new Guard({ db, wakeDeliveries, onError });
    this.replays = new ReplayFeeder({ db, wakeDeliveries, onError });
    this.sources = new SourceProcessor({
      db,
      expressions: this.expressions,
      wakeDeliveries,
      wakeMessages,
      wakePlanner,
      onFailed: (campaigns) => this.guard.failed(campaigns),
      onProcessed: countProcessed,
      onError,
    });
    // Of its own: models take their time, and no delivery is to wait for that.
    this.modelClient = new HttpClient({
      ...{ guarded: !config.allowPrivateDestinations, proxy: config.egressProxy },
      ...{ timeoutMs: longestThoughtMs, bodyLimit: 1024 * 1024 },
    });
    const models = new OpenModels({ box, fetchFor: (workspaceId) => clientFetch(this.modelClient, workspaceId) });
    this.assistant = new Assistant({
      ...{ db, models, wakeMessages, wakeDeliveries, wakePlanner, onError },
      onTurn: countTurn,
      workerNo,
    });
    const opening = listOpener({ db, box, systems });
    this.lists = new ListImporter({
      ...{ db, enrolling: (workspaceId, id) => enrolling(workspaceId, id) },
      ...{ open: opening, wakeDeliveries, wakePlanner, onError },
    });
    this.mailboxes = new Mailboxes({
      ...{ db, box, tokens, workerNo, wakeSources: () => this.sources.wake(), wakeDeliveries, onError },
    });
    const { pollEveryMs: everyMs } = config;
    const asked = new OpenSenders({ db, box, adapters });
    const wakeSources = () => this.sources.wake();
    this.poller =
      everyMs === null ? null : new Poller({ db, box, senders: asked, everyMs, wakeSources, wakeDeliveries, onError });
    this.signals = new Signals({
      db,
      self: workerNo,
      onSignal: (signal) => {
        if (!this.working) return;
        if (signal.kind === "plan") this.planner.wake();
        else if (signal.lanes === null) this.loop(signal.kind).wakeAll();
        else this.loop(signal.kind).wake(signal.lanes);
      },
      onReconnect: () => this.lookEverywhere(),
    });
    this.analytics = new AnalyticsCounter({ db, onError });
    this.sealer = new AuditSealer({ db, wakeDeliveries, onError });
    this.eraser = new Eraser({ db, onError });
    this.undoer = new ImportUndoer({ db, onError });
    this.upkeep = new Upkeep({
      db,
      workerNo,
      extend: async () => {
        await this.messages.extend();
        await this.deliveries.extend();
      },
      onDead: async (no) => {
        const known = readFlights(flights, no);
        if (known) await storeFlights(db, no, known);
        if ((await rescueTurns(db, [no])) > 0) this.assistant.wake();
      },
      onBuried: (no) => {
        forgetFlights(flights, no);
        // It may have committed something and not said so.
        this.lookEverywhere();
        releaseForgotten(db).catch((error) => onError("order", error));
      },
      onRescued: (count) => {
        countRescued(count);
        this.lookEverywhere();
      },
      onPeers: (count) => {
        this.signals.setPeers(count > 0);
        this.deliveries.setPeers(count);
      },
      onUnreachable: async (error) => {
        onError("upkeep", error);
        if (isConnectionError(error)) await opened.embedded?.ensureRunning();
      },
    });
    this.housekeeping = new Housekeeping({
      onError: (task, error) => onError(`housekeeping: ${task}`, error),
      tasks: {
        partitions: () => createPartitions(db),
        failing: async () => wakeDeliveries((await disableFailing(db)).lanes),
        forgotten: async () => void (await releaseForgotten(db)),
        keys: async () => void (await deleteOldKeys(db)),
        flights: async () => void (await deleteOldFlights(db)),
        sessions: () => deleteOldSessions(db),
        tries: () => deleteOldTries(db),
        notifications: async () => void (await deleteOldNotifications(db)),
        crmPaces: () => deleteOldCrmPaces(db),
        chatPaces: () => deleteOldChatPaces(db),
        unread: async () => void (await recountUnread(db)),
        deliverySums: () => this.sumDeliveries(),
        // The one that may take minutes.
        retention: () => this.retain(),
      },
    });
    this.context = {
      db,
      box,
      config,
      desk: new MessageDesk({ db, wake: wakeMessages, onError }),
      adapters,
      tail: new LogTail({ db }),
      expressions: this.expressions,
      systems,
      testDeliveries: new TestDeliveries(delivering),
      sourceCounts: new SourceCounts(db),
      sourceDesk: new SourceDesk(db),
      wakeSources: () => {
        // Another process finds it at its next look.
        if (this.working) this.sources.wake();
      },
      wakeEraser: () => {
        // Another process finds it at its next look.
        if (this.working) this.eraser.wake();
      },
      wakeUndoer: () => {
        // Another process finds it at its next look.
        if (this.working) this.undoer.wake();
      },
      wakeLists: () => {
        // Another process finds it at its next look.
        if (this.working) this.lists.wake();
      },
      wakeMailboxes: () => {
        // Another process finds it at its next look.
        if (this.working) this.mailboxes.wake();
      },
      models,
      wakeAssistant: () => {
        // Another process finds it at its next look.
        if (this.working) this.assistant.wake();
      },
      wake: (kind, lanes) => this.wake(kind, lanes),
      wakePlanner,
      wakeReplays: () => {
        // Another process finds it at its next look.
        if (this.working) this.replays.wake();
      },
    };
  }

  static async open(config: HeraldConfig, options: { log?: Logger } = {}): Promise<Herald> {
    const log = options.log ?? pino({ level: config.logLevel }, pino.destination(2));
    const { databaseConnections: all } = config;
    const ofOthers = all - deliveryConnections(all) - beginConnections(all);
    const opened = await openDatabase({ ...config, databaseConnections: ofOthers });
    try {
      return new Herald(config, opened, await registerWorker(opened.db), log);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Where the API listens, once it does. */
  get url(): string | null {
    const address = this.app?.server.address() as AddressInfo | null | undefined;
    if (!address) return null;
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  /** `analytics`: false for a process that works and leaves the counting of the log to others. */
  async start(roles: { api: boolean; work: boolean; analytics?: boolean }): Promise<void> {
    if (roles.api) {
      this.app = buildApi(this.context, { log: this.log });
      await this.app.listen({ host: this.context.config.host, port: this.context.config.port });
    }
    this.upkeep.start();
    this.housekeeping.start();
    this.signals.start();
    if (roles.work) {
      this.working = true;
      this.deliveries.start();
      this.messages.start();
      this.planner.start();
      this.replays.start();
      this.notifications.start();
      this.sealer.start();
      if (roles.analytics !== false) this.analytics.start();
      this.eraser.start();
      this.undoer.start();
      this.sources.start();
      this.lists.start();
      this.assistant.start();
      this.mailboxes.start();
      this.poller?.start();
    }
  }

  /** Counts what was recorded until now, without waiting for the next turn. */
  async countAnalytics(): Promise<void> {
    await this.analytics.runOnce();
  }

  /** No new requests, no new claims; what is in flight settles; then everything is closed. Within 30 seconds. */
  async stop(): Promise<void> {
    const started = performance.now();
    const orderly = (async () => {
      this.client.drain();
      // Claims end at once; a client that holds a request open must not keep the work going.
      await Promise.all([
        this.housekeeping.stop(),
        this.lists.stop(),
        this.mailboxes.stop(),
        this.assistant.stop(),
        this.planner.stop(),
        this.replays.stop(),
        this.notifications.stop(),
        this.sealer.stop(),
        this.analytics.stop(),
        this.eraser.stop(),
        this.undoer.stop(),
        this.sources.stop(),
        this.poller?.stop(),
        this.messages.stop(),
        this.deliveries.stop(),
        this.closeApi(),
      ]);
      await this.context.sourceCounts.stop();
      await this.guard.stop();
      await this.upkeep.stop();
      await this.signals.stop();
      await this.senders.close();
      this.recorder.close();
      await this.client.close();
      await this.mail.close();
      await this.modelClient.close();
      await this.delivering.close();
      this.expressions.close();
      await unregisterWorker(this.opened.db, this.workerNo).catch(() => {});
      await this.deliveryDb.close();
      await this.beginDb?.close();
      await this.opened.close();
      return true;
    })();
    const inTime = await Promise.race([
      orderly,
      new Promise<false>((resolve) => setTimeout(() => resolve(false), stopWithinMs)),
    ]);
    const ms = Math.round(performance.now() - started);
    if (inTime) this.log.info({ ms }, "stopped");
    else this.log.warn({ ms }, "stopped before everything in flight had ended; it is taken up again at the next start");
  }

  /** Requests under way have a few seconds to end. */
  private async closeApi(): Promise<void> {
    const { app } = this;
    if (!app) return;
    // A kept connection that was busy when the close began is idle a moment later, and would hold it for its whole time.
    const idle = setInterval(() => app.server.closeIdleConnections(), 50);
    const cut = setTimeout(() => app.server.closeAllConnections(), closeApiWithinMs);
    await app.close();
    clearInterval(idle);
    clearTimeout(cut);
  }

  private async retain(): Promise<void> {
    const { retentionDays } = this.context.config;
    await purgeSources(this.opened.db);
    while ((await forgetStrangersMail(this.opened.db)) >= 1_000 && !this.housekeeping.stopping);
    if (retentionDays === 0) return;
    while ((await deleteOldReceived(this.opened.db, retentionDays)) === 10_000 && !this.housekeeping.stopping);
    if (this.housekeeping.stopping) return;
    // What is dropped is counted and sealed: past figures stay, and the audit trail has all of it.
    await this.analytics.runOnce();
    await this.sealer.runOnce();
    await this.sumDeliveries();
    if (this.housekeeping.stopping) return;
    await deleteOldTurns(this.opened.db, retentionDays);
    await deleteOldApprovals(this.opened.db, retentionDays);
    const { dropped, kept } = await applyRetention(this.opened.db, retentionDays);
    await deleteOldCrmRecords(this.opened.db);
    if (dropped.length > 0) this.log.info({ dropped }, "history that is older than HERALD_RETENTION_DAYS was dropped");
    if (kept.length > 0)
      this.log.warn({ kept }, "days of history are older than HERALD_RETENTION_DAYS and stay for now");
  }

  private async sumDeliveries(): Promise<void> {
    await sumDeliveries(this.opened.db, Date.now(), () => this.housekeeping.stopping);
  }

  private loop(kind: LaneKind): typeof this.messages | typeof this.deliveries {
    return kind === "message" ? this.messages : this.deliveries;
  }

  private wake(kind: LaneKind, lanes: readonly TouchedLane[]): void {
    if (this.working) this.loop(kind).wake(lanes);
    this.signals.send({ kind, lanes });
  }

  private wakePlanner(): void {
    if (this.working) this.planner.wake();
    this.signals.send({ kind: "plan" });
  }

  private lookEverywhere(): void {
    if (!this.working) return;
    this.messages.wakeAll();
    this.deliveries.wakeAll();
    this.planner.wake();
  }

  /** One line for a state of trouble, not one for each of a thousand retries in it. */
  private trouble(stage: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const key = `${stage}: ${message}`;
    if (key === this.lastTrouble) return;
    this.lastTrouble = key;
    if (isConnectionError(error))
      this.log.warn({ stage, err: message }, "the database can't be reached, or can't store anything; trying again");
    else this.log.error({ stage, err: error }, "a round of work failed; trying again");
    setTimeout(() => {
      if (this.lastTrouble === key) this.lastTrouble = "";
    }, 5_000).unref();
  }
}
