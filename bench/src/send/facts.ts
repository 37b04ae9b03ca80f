import type { Queryable } from "../../../server/src/db/pool.ts";
import type { MessageFact } from "../judge.ts";
import { mailFrom, type Route } from "./settings.ts";

/** What the database says about these messages: the key under which the provider counts them, and their events. */
export async function messageFacts(
  db: Queryable,
  route: Route,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, MessageFact>> {
  const { rows: messages } = await db.query<{ id: string; status: string; to: string; text: string }>(
    `select id, status, to_address as "to", text from message where workspace_id = $1 and id = any($2)`,
    [workspaceId, ids],
  );
  const { rows: events } = await db.query<{ id: string; messageId: string }>(
    `select id, data::json ->> 'messageId' as "messageId" from event where workspace_id = $1 and type = 'message.sent'`,
    [workspaceId],
  );
  const domain = mailFrom.slice(mailFrom.indexOf("@") + 1);
  const facts = new Map<string, MessageFact>();
  for (const { id, status, to, text } of messages) {
    facts.set(id, { status, providerKey: route === "twilio" ? `${to}\n${text}` : `<${id}@${domain}>`, eventIds: [] });
  }
  for (const { id, messageId } of events) facts.get(messageId)?.eventIds.push(id);
  return facts;
}
