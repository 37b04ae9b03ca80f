import type { ChannelName } from "../domain/event.ts";
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

/** Where the sandbox adapter puts what it delivers; storing the same message twice stores it once. */
export function sandboxStore(db: Queryable) {
  return {
    async store(message: SandboxDelivery, senderId: string): Promise<void> {
      await db.query({
        name: "sandbox.store",
        text: `insert into sandbox_message (workspace_id, id, sender_id, channel, to_address, subject, text, html)
               values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (workspace_id, id) do nothing`,
        values: [
          message.workspaceId,
          message.messageId,
          senderId,
          message.channel,
          message.to,
          message.subject,
          message.text,
          message.html,
        ],
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
