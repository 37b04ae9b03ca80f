import type { ChannelAdapter, SenderConnection } from "../channels/channel.ts";
import type { Database } from "../db/pool.ts";
import { loadSender } from "../db/sending.ts";
import type { ChannelName } from "../domain/event.ts";
import type { SecretBox } from "../domain/seal.ts";
import { type ComplianceCheck, type CompliancePost, openComplianceCheck } from "./compliance.ts";

export interface OpenSender {
  channel: ChannelName;
  version: number;
  adapter: ChannelAdapter;
  connection: SenderConnection;
  /** Who is asked before each of its messages; null: nobody. */
  check: ComplianceCheck | null;
}

export interface OpenSendersOptions {
  db: Database;
  box: SecretBox;
  adapters: ReadonlyMap<string, ChannelAdapter>;
  /** How the compliance check is asked. Default: it isn't, for those who don't send. */
  post?: CompliancePost;
}

/** Messages of a sender that are begun with its opening. */
const beforeOpen = 16;

/** Opened senders of this process, kept until their settings change. */
export class OpenSenders {
  private readonly options: OpenSendersOptions;
  private readonly opened = new Map<string, Promise<OpenSender | null>>();
  /** Those of `opened` that are open. */
  private readonly ready = new Map<string, SenderConnection>();

  constructor(options: OpenSendersOptions) {
    this.options = options;
  }

  /** Null when the sender is gone. `version` is that of its lane: a newer one opens it anew. */
  async get(workspaceId: string, senderId: string, version: number): Promise<OpenSender | null> {
    const known = await this.opened.get(senderId);
    if (known && known.version === version) return known;
    const opening = this.open(workspaceId, senderId, version);
    this.opened.set(senderId, opening);
    // A failure (the database is away, the key is wrong) is not kept.
    opening.catch(() => this.opened.delete(senderId));
    this.ready.delete(senderId);
    void known?.connection.close().catch(() => {});
    const sender = await opening;
    if (sender && this.opened.get(senderId) === opening) this.ready.set(senderId, sender.connection);
    return sender;
  }

  /** See `SenderConnection`; undefined: as many as may be. Before a sender is open, its pace isn't known: a few. */
  worthBegun(senderId: string): number | undefined {
    const connection = this.ready.get(senderId);
    return connection ? connection.worthBegun : beforeOpen;
  }

  private async open(workspaceId: string, senderId: string, version: number): Promise<OpenSender | null> {
    const sender = await loadSender(this.options.db, workspaceId, senderId);
    if (!sender) return null;
    const adapter = this.options.adapters.get(sender.provider);
    if (!adapter)
      throw new Error(`Sender ${senderId} has the provider ${sender.provider}, which this Herald doesn't know.`);
    const credentials = sender.credentials
      ? JSON.parse(this.options.box.open(sender.credentials, `${workspaceId}/${senderId}`))
      : {};
    const account = {
      senderId,
      workspaceId,
      channel: sender.channel,
      name: sender.name,
      config: adapter.config.parse(sender.config),
      credentials: adapter.credentials.parse(credentials),
    };
    const { db, box, post } = this.options;
    const check = post ? await openComplianceCheck(db, { box, post }, workspaceId, sender.channel) : null;
    return { channel: sender.channel, version, adapter, connection: adapter.open(account), check };
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.opened.values());
    this.opened.clear();
    this.ready.clear();
    await Promise.allSettled(
      all.map((entry) => (entry.status === "fulfilled" ? entry.value?.connection.close() : undefined)),
    );
  }
}
