import type { ChannelName } from "../domain/event.ts";
import { textArray } from "./array.ts";
import { given } from "./given.ts";
import type { Queryable } from "./pool.ts";

/** What a sandbox sender delivered: to nobody, but readable. */
export interface SandboxMessage {
  /** The message's ID. */
  id: string;
  senderId: string;
  channel: ChannelName;
  to: string;
  subject: string | null;
  text: string;
  html: string | null;
  deliveredAt: Date;
}

const columns = `id, sender_id as "senderId", channel, to_address as "to", subject, text, html, delivered_at as "deliveredAt"`;

/** What the sandbox is given to deliver. */
interface SandboxDelivery {
  workspaceId: string;
  messageId: string;
  channel: ChannelName;
  to: string;
  subject: string | null;
  text: string;
  html: string | null;
}

interface Storing {
  message: SandboxDelivery;
  senderId: string;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Where the sandbox adapter puts what it delivers; storing the same message twice stores it once. What is begun in one turn of the
 * event loop, as messages that were claimed together are, is one statement and one commit; on a sharded database each is its own.
 */
export function sandboxStore(db: Queryable) {
  let waiting: Storing[] = [];
  const storeWaiting = async () => {
    const all = waiting;
    waiting = [];
    const each = db.sharded ? all.map((one) => [one]) : [all];
    await Promise.all(each.map((some) => store(db, some)));
  };
  return {
    store(message: SandboxDelivery, senderId: string): Promise<void> {
      return new Promise((resolve, reject) => {
        if (waiting.push({ message, senderId, resolve, reject }) === 1) setImmediate(() => void storeWaiting());
      });
    },
    async has(message: SandboxDelivery): Promise<boolean> {
      const { rowCount } = await db.query("select 1 from sandbox_message where workspace_id = $1 and id = $2", [
        message.workspaceId,
        message.messageId,
      ]);
      return (rowCount ?? 0) > 0;
    },
  };
}

/** Never throws: each is told what became of it. */
async function store(db: Queryable, all: readonly Storing[]): Promise<void> {
  const values = [
    textArray(all, ({ message }) => message.workspaceId),
    textArray(all, ({ message }) => message.messageId),
    textArray(all, ({ senderId }) => senderId),
    textArray(all, ({ message }) => message.channel),
    textArray(all, ({ message }) => message.to),
    textArray(all, ({ message }) => message.subject),
    textArray(all, ({ message }) => message.text),
    textArray(all, ({ message }) => message.html),
  ];
  try {
    await db.query({
      name: "sandbox.store",
      text: `insert into sandbox_message (workspace_id, id, sender_id, channel, to_address, subject, text, html)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        on conflict (workspace_id, id) do nothing`,
      values,
    });
    for (const { resolve } of all) resolve();
  } catch (error) {
    // Whose fault it is is seen where each is alone.
    if (all.length > 1) await Promise.all(all.map((one) => store(db, [one])));
    else for (const { reject } of all) reject(error);
  }
}

/** Newest message first (by when it was accepted); `before` is the ID of the last one of the previous page. */
export async function listSandboxMessages(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  before: string | null,
  limit: number,
): Promise<SandboxMessage[]> {
  const { text, values } = given(
    `select ${columns} from sandbox_message
     where workspace_id = $1 and sender_id = $2 and ($3::text is null or id < $3) order by id desc limit $4`,
    [workspaceId, senderId, before, limit],
  );
  const { rows } = await db.query<SandboxMessage>(text, values);
  return rows;
}
