import { type AccessTokens, sessionLogin } from "../../channels/email/access-tokens.ts";
import type { MailboxAccount } from "../../channels/email/imap/connect.ts";
import { ImapFailure } from "../../channels/email/imap/failure.ts";
import { imapLogin, smtpConfig, smtpCredentials } from "../../channels/email/smtp/config.ts";
import type { TouchedLane } from "../../db/event.ts";
import {
  advanceFolder,
  type FolderPlace,
  type Mailbox,
  markFailing,
  markRead,
  releaseMailboxes,
  renewMailboxes,
  takeMailboxes,
} from "../../db/mailbox.ts";
import { type Database, isConnectionError } from "../../db/pool.ts";
import { insertReceived } from "../../db/received.ts";
import { loadSender } from "../../db/sending.ts";
import { stopPoint } from "../../db/stop-point.ts";
import { newId } from "../../domain/id.ts";
import type { SecretBox } from "../../domain/seal.ts";
import { leadsOfMail } from "../author.ts";
import { tellFailing, tellResumed } from "../tell-receiving.ts";
import { keptMail } from "./kept-mail.ts";
import { type FetchedMail, MailboxLost, MailboxReader, type MailStore } from "./reader.ts";

export interface MailboxesOptions {
  db: Database;
  box: SecretBox;
  tokens: AccessTokens;
  workerNo: number;
  /** Mails came in. */
  wakeSources: () => void;
  /** Destinations got events. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** A folder was read to its end; for tests. */
  onCaughtUp?: (senderId: string) => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks for mailboxes that nobody reads. Default 5,000; a lease is 60 s. */
  everyMs?: number;
  /** Milliseconds before a mailbox that failed once is tried again. Default 5,000, doubled each time. */
  retryMs?: number;
}

/** Mailboxes of one process: a connection each. */
const most = 1_000;
const takenAtOnce = 50;
const longestRetryMs = 15 * 60_000;
/** Wrong passwords in a row lock accounts. */
const loginRetryMs = 5 * 60_000;

interface Reading {
  version: number;
  stop: AbortController;
  ended: Promise<void>;
}

/** The mailboxes that this process reads. Each is read by one process at a time, see `db/mailbox.ts`. */
export class Mailboxes {
  private readonly options: MailboxesOptions;
  private readonly readings = new Map<string, Reading>();
  /** See `MailStore.tries`. */
  private readonly tries = new Map<string, Map<string, number>>();
  private running = false;
  private wakeUp: (() => void) | null = null;
  private wanted = false;
  private finished: Promise<void> | null = null;

  constructor(options: MailboxesOptions) {
    this.options = options;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.finished = this.run();
  }

  /** Ends all readings, and lets go of the mailboxes. Stopping before start, or twice, is safe. */
  async stop(): Promise<void> {
    const { db, workerNo, onError } = this.options;
    this.running = false;
    this.wake();
    await this.finished;
    for (const { stop } of this.readings.values()) stop.abort();
    await Promise.all([...this.readings.values()].map(({ ended }) => ended));
    if (this.finished) await releaseMailboxes(db, workerNo).catch((error) => onError("mailboxes", error));
    this.finished = null;
  }

  /** A mailbox was added or changed. */
  wake(): void {
    this.wanted = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.wanted = false;
      await this.runOnce().catch((error) => this.options.onError("mailboxes", error));
      if (this.wanted || !this.running) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.options.everyMs ?? 5_000);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = null;
    }
  }

  /** Extends what this process reads, ends what it reads no more, and begins with what nobody reads. Answers how many it reads. */
  async runOnce(): Promise<number> {
    const { db, workerNo } = this.options;
    const held = new Map((await renewMailboxes(db, workerNo)).map((mailbox) => [keyOf(mailbox), mailbox]));
    for (const [key, { version, stop }] of this.readings) {
      if (held.get(key)?.version !== version) stop.abort();
    }
    const room = Math.min(takenAtOnce, most - this.readings.size);
    const taken = room > 0 ? await takeMailboxes(db, workerNo, room) : [];
    for (const mailbox of [...held.values(), ...taken]) {
      if (!this.readings.has(keyOf(mailbox))) this.begin(mailbox);
    }
    return this.readings.size;
  }

  private begin(mailbox: Mailbox): void {
    const stop = new AbortController();
    const ended = this.read(mailbox, stop.signal)
      .catch((error) => this.options.onError("mailboxes", error))
      .finally(() => this.readings.delete(keyOf(mailbox)));
    this.readings.set(keyOf(mailbox), { version: mailbox.version, stop, ended });
  }

  private async read(mailbox: Mailbox, signal: AbortSignal): Promise<void> {
    const { db, workerNo, onError } = this.options;
    try {
      const account = await this.accountOf(mailbox);
      await new MailboxReader(account, this.storeOf(mailbox, signal)).run(signal);
      await releaseMailboxes(db, workerNo, mailbox);
    } catch (error) {
      if (error instanceof MailboxLost || signal.aborted) return;
      if (isConnectionError(error)) throw error;
      if (!(error instanceof ImapFailure)) onError("mailboxes", error);
      const code = error instanceof ImapFailure ? error.code : "internal_error";
      const detail = error instanceof Error ? error.message : String(error);
      await markFailing(db, workerNo, mailbox, { code, detail, retryMs: this.retryMs(code, mailbox.failures) });
      if (!mailbox.told) this.options.wakeDeliveries(await tellFailing(db, "mailbox", mailbox));
    }
  }

  private retryMs(code: string, failures: number): number {
    const first = this.options.retryMs ?? 5_000;
    const wait = Math.min(longestRetryMs, first * 2 ** Math.min(failures, 20));
    const least = ["login_refused", "login_missing", "authorization_expired"].includes(code) ? loginRetryMs : 0;
    // Apart from each other: a server that was away is not to be met by a thousand logins at once.
    return Math.max(wait, least) * (0.75 + Math.random() / 2);
  }

  private async accountOf({ workspaceId, senderId }: Mailbox): Promise<MailboxAccount> {
    const { db, box, tokens } = this.options;
    const sender = await loadSender(db, workspaceId, senderId);
    const config = sender && smtpConfig.parse(sender.config).imap;
    if (!config) throw new MailboxLost("The sender has no mailbox any more.");
    const sealed = sender.credentials;
    const opened: unknown = sealed ? JSON.parse(box.open(sealed, `${workspaceId}/${senderId}`)) : {};
    const login = imapLogin(smtpCredentials.parse(opened));
    return { config, login: sessionLogin({ workspaceId, senderId }, login, tokens) };
  }

  private storeOf(mailbox: Mailbox, signal: AbortSignal): MailStore {
    const { db, workerNo, wakeSources, onCaughtUp } = this.options;
    const folders = new Map(Object.entries(mailbox.folders));
    let readAt = mailbox.readAt;
    const tries = this.tries.get(keyOf(mailbox)) ?? new Map<string, number>();
    this.tries.set(keyOf(mailbox), tries);
    return {
      tries,
      place: (path) => folders.get(path) ?? null,
      readAt: () => readAt,
      keep: async (path: string, place: FolderPlace, mails: readonly FetchedMail[]) => {
        if (signal.aborted) throw new MailboxLost();
        let kept = 0;
        await db.transaction(async (tx) => {
          kept = 0;
          for (const mail of mails) {
            const item = keptMail(mail);
            const fromLeadIds = await leadsOfMail(tx, mailbox.workspaceId, item);
            const received = { id: newId("received"), sourceId: mailbox.sourceId, ...item, fromLeadIds };
            if (await insertReceived(tx, mailbox.workspaceId, received)) kept += 1;
          }
          if (!(await advanceFolder(tx, workerNo, mailbox, path, place))) throw new MailboxLost();
          stopPoint?.reached("mailbox.keeping");
        });
        folders.set(path, place);
        if (kept > 0) wakeSources();
      },
      caughtUp: async (begun) => {
        readAt = begun;
        mailbox.failures = 0;
        await markRead(db, workerNo, mailbox, begun);
        if (mailbox.told) this.options.wakeDeliveries(await tellResumed(db, "mailbox", mailbox));
        mailbox.told = false;
        onCaughtUp?.(mailbox.senderId);
      },
    };
  }
}

const keyOf = ({ workspaceId, senderId }: { workspaceId: string; senderId: string }) => `${workspaceId}/${senderId}`;
