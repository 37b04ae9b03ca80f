import type { FetchMessageObject, ImapFlow } from "imapflow";
import { findFolders, type MailboxAccount, openMailbox } from "../../channels/email/imap/connect.ts";
import { imapFailure } from "../../channels/email/imap/failure.ts";
import type { FolderPlace } from "../../db/mailbox.ts";
import { withTextParts } from "./large-mail.ts";

/**
 * Reads one mailbox over one connection: what came since the last time, then what comes, as the server says it (IDLE), and
 * every few minutes in any case. It changes nothing in the mailbox; not even that a mail was seen.
 */

/** Bytes of a mail that are kept. Texts stand before files in practice; those that don't are fetched by themselves. */
export const mostKept = 512 * 1024;
/** Mails that are fetched, and noted, at once. */
const batchSize = 10;
/** A mail that can't be fetched so many times in a row, in half an hour and more, is passed over. */
const mostTries = 10;
const connectWithinMs = 60_000;
const dayMs = 86_400_000;

/** A mail as it came from the server. */
export interface FetchedMail {
  folder: "inbox" | "sent";
  uid: number;
  /** At most `mostKept` bytes; empty: the server didn't give it, `problem` says why. */
  source: Buffer;
  /** Bytes of the whole mail. */
  size: number;
  /** When the server got it. */
  internalDate: Date | null;
  problem: string | null;
}

/** Where mails are kept, and how far the folders were read. */
export interface MailStore {
  /** How far a folder was read; null: it wasn't. */
  place(path: string): FolderPlace | null;
  /** Keeps mails and the place behind them, both or neither. Throws where the mailbox is another process's by now. */
  keep(path: string, place: FolderPlace, mails: readonly FetchedMail[]): Promise<void>;
  /** All that was there at `begun` is kept. */
  caughtUp(begun: Date): Promise<void>;
  /** Until when everything was read; null: nothing was read yet. */
  readAt(): Date | null;
  /** How often a fetch that begins with a mail failed, by folder and UID; kept as long as the process lives. */
  readonly tries: Map<string, number>;
}

export class MailboxReader {
  readonly #account: MailboxAccount;
  readonly #store: MailStore;

  constructor(account: MailboxAccount, store: MailStore) {
    this.#account = account;
    this.#store = store;
  }

  /** Reads until `signal` is aborted. @throws ImapFailure; whatever else comes from the store. */
  async run(signal: AbortSignal): Promise<void> {
    const { config } = this.#account;
    const client = await openMailbox(this.#account, AbortSignal.any([signal, AbortSignal.timeout(connectWithinMs)]));
    const stop = () => client.close();
    signal.addEventListener("abort", stop, { once: true });
    const news = new News(client);
    try {
      signal.throwIfAborted();
      const { inbox, sent } = await findFolders(client, config);
      while (!signal.aborted) {
        const begun = new Date();
        news.none();
        // The inbox last: it stays open, and the server tells of that one.
        if (sent !== null && sent !== inbox) await this.#readFolder(client, "sent", sent);
        await this.#readFolder(client, "inbox", inbox);
        await kept(this.#store.caughtUp(begun));
        await news.wait(config.pollMinutes * 60_000);
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof KeepingFailed ? error.cause : imapFailure(error, config);
    } finally {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) client.close();
      else await client.logout().catch(() => client.close());
    }
  }

  async #readFolder(client: ImapFlow, folder: FetchedMail["folder"], path: string): Promise<void> {
    const box = await client.mailboxOpen(path, { readOnly: true });
    const validity = String(box.uidValidity);
    const known = this.#store.place(path);
    const same = known !== null && known.validity === validity;
    // The next UID says that nothing came, where the server gives it.
    if (same && box.uidNext && box.uidNext <= known.uid + 1) return;
    const uids = same ? await this.#after(client, known.uid) : await this.#recent(client, box.exists);
    for (let at = 0; at < uids.length; ) {
      const key = `${path} ${validity} ${uids[at]}`;
      const tries = this.#store.tries.get(key) ?? 0;
      // After an error one at a time, to find the mail that is the cause.
      const batch = uids.slice(at, at + (tries > 0 ? 1 : batchSize));
      const mails =
        tries >= mostTries ? [unreadable(folder, batch[0]!)] : await this.#fetch(client, folder, batch, key);
      await kept(this.#store.keep(path, { validity, uid: batch.at(-1)! }, mails));
      this.#store.tries.delete(key);
      at += batch.length;
    }
    // So that a folder in which nothing was has a place, too: else what comes is older than the first look one day.
    if (!same && uids.length === 0)
      await kept(this.#store.keep(path, { validity, uid: Math.max(0, box.uidNext - 1) }, []));
  }

  async #after(client: ImapFlow, uid: number): Promise<number[]> {
    // The range "n:*" has the last mail in it even if that is older than n (RFC 9051, 9, seq-range).
    return (await this.#search(client, { uid: `${uid + 1}:*` })).filter((found) => found > uid);
  }

  /**
   * What a folder has of the time that isn't surely kept: at the first reading some days; where the UIDs mean something else
   * by now, since two days before the last reading. What is kept already is recognised.
   */
  async #recent(client: ImapFlow, exists: number): Promise<number[]> {
    if (exists === 0) return [];
    const readAt = this.#store.readAt();
    const { lookBackDays } = this.#account.config;
    const since = readAt === null ? Date.now() - lookBackDays * dayMs : readAt.getTime() - 2 * dayMs;
    return await this.#search(client, { since: new Date(since) });
  }

  async #search(client: ImapFlow, query: { uid: string } | { since: Date }): Promise<number[]> {
    const found = await client.search(query, { uid: true });
    if (!Array.isArray(found)) throw new Error("The server didn't answer a search.");
    return found.sort((a, b) => a - b);
  }

  async #fetch(
    client: ImapFlow,
    folder: FetchedMail["folder"],
    uids: readonly number[],
    key: string,
  ): Promise<FetchedMail[]> {
    try {
      return await this.#fetchNow(client, folder, uids);
    } catch (error) {
      this.#store.tries.set(key, (this.#store.tries.get(key) ?? 0) + 1);
      throw error;
    }
  }

  async #fetchNow(client: ImapFlow, folder: FetchedMail["folder"], uids: readonly number[]): Promise<FetchedMail[]> {
    const mails: FetchedMail[] = [];
    const wanted = {
      uid: true,
      flags: true,
      size: true,
      internalDate: true,
      source: { start: 0, maxLength: mostKept },
    };
    for await (const mail of client.fetch(uids.join(","), wanted, { uid: true })) {
      // One that was deleted meanwhile is missing; others than those that were asked for are none of ours.
      // A draft went out to nobody; once it does, it is a mail of its own.
      if (uids.includes(mail.uid) && !mail.flags?.has("\\Draft")) mails.push(fetched(folder, mail));
    }
    for (const mail of mails) {
      if (mail.size > mail.source.length) mail.source = await withTextParts(client, mail.uid, mail.source, mostKept);
    }
    return mails.sort((a, b) => a.uid - b.uid);
  }
}

function fetched(folder: FetchedMail["folder"], { uid, size, source, internalDate }: FetchMessageObject): FetchedMail {
  const kept = (source ?? Buffer.alloc(0)).subarray(0, mostKept);
  const date = internalDate === undefined ? null : new Date(internalDate);
  return {
    ...{ folder, uid, source: kept, size: size ?? kept.length, problem: null },
    internalDate: date && Number.isFinite(date.getTime()) ? date : null,
  };
}

function unreadable(folder: FetchedMail["folder"], uid: number): FetchedMail {
  const problem = `This mail (UID ${uid}) could not be fetched ${mostTries} times in a row; it was passed over.`;
  return { folder, uid, source: Buffer.alloc(0), size: 0, internalDate: null, problem };
}

/** The database is away, or another process reads the mailbox: no fault of the server's. */
class KeepingFailed extends Error {}

async function kept(keeping: Promise<void>): Promise<void> {
  try {
    await keeping;
  } catch (cause) {
    throw new KeepingFailed("A mail could not be kept.", { cause });
  }
}

/** Another process reads the mailbox by now. */
export class MailboxLost extends Error {}

/** Whether something came since it was asked last: servers say so whenever they like. */
class News {
  readonly #client: ImapFlow;
  #any = false;
  #wake: (() => void) | null = null;

  constructor(client: ImapFlow) {
    this.#client = client;
    client.on("exists", ({ count, prevCount }: { count: number; prevCount: number }) => {
      if (count <= prevCount) return;
      this.#any = true;
      this.#wake?.();
    });
    client.on("close", () => this.#wake?.());
  }

  none(): void {
    this.#any = false;
  }

  /** Until something comes, the connection ends (it throws), or the time is over. */
  async wait(ms: number): Promise<void> {
    const client = this.#client;
    if (this.#any && client.usable) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      // Ends with the next command. What it meets is met by that one, too.
      client.idle().catch(reject);
    });
    this.#wake = null;
    if (!client.usable) throw Object.assign(new Error("the server closed it"), { code: "EConnectionClosed" });
  }
}
