import type { SendResult } from "../../src/channels/channel.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import type { Database } from "../../src/db/pool.ts";
import { makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";

export const sentResult = (n: number): SendResult => ({ outcome: "sent", providerMessageId: `P${n}-${Math.random()}` });

/** A workspace with one scripted SMS sender, and an engine whose provider does what `onSend` says. */
export async function setup(
  db: Database,
  onSend: (calls: number) => SendResult | Promise<SendResult>,
  onReconcile?: () => { outcome: "found"; candidates: { providerMessageId: string }[] },
) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state = 'active'");
  await db.query("update campaign set status = 'finished' where status = 'active'");
  const calls: string[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      calls.push(`${message.to} ${message.text}`);
      return onSend(calls.length);
    },
    ...(onReconcile ? { onReconcile } : {}),
  });
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, "sms", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const submit = (text: string, options: { leadId?: string; key?: string; hash?: number } = {}) =>
    engine.desk.submit(
      {
        workspaceId,
        leadId: options.leadId ?? leadId,
        channel: "sms",
        action: "message",
        senderId: null,
        subject: null,
        text,
        html: null,
        scheduledAt: null,
        source: "api",
      },
      options.key ? { key: options.key, requestHash: Buffer.alloc(32, options.hash ?? 1) } : null,
    );
  const events = async (type: string) =>
    (
      await db.query<{ data: string }>("select data from event where workspace_id = $1 and type = $2 order by at, id", [
        workspaceId,
        type,
      ])
    ).rows.map((row) => JSON.parse(row.data));
  /** As if the process had died: what it leased is taken back. */
  const die = async () => await rescueLeases(db, { deadWorkers: [engine.workerNo] });
  const dueNow = async () => {
    await db.query("update outbox set due_at = now() where lease is null");
    await db.query(
      "update lane set ready_at = now(), parked_until = null where parked_until is distinct from 'infinity'",
    );
  };
  return { engine, workspaceId, senderId, leadId, submit, events, calls, die, dueNow };
}
