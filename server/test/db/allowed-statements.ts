import { oneWorkspaceForm } from "../../src/db/sharding.ts";

/** What is sent to a sharded database in place of a statement for all workspaces. */
export const toCheck = (text: string): string => oneWorkspaceForm(text) ?? text;

interface Statement {
  name: string | undefined;
  text: string;
}

/**
 * Statements over all nodes, each with what it is needed for. All of them are of the simplest kind: they read (or delete by
 * age), lock nothing, and join, if at all, by the workspace.
 */
const overAll: Record<string, string> = {
  "outbox.workspaces": "whose lanes are ready, the one that waits longest first",
  "outbox.nextReady": "when the loop has to look again",
  "outbox.asleep": "whose lanes have to be woken",
  "outbox.lost": "whose rows have leases that ran out",
  "outbox.oldest": "whether a day may be dropped: a partition has all workspaces",
  "order.held": "who has anything that is held",
  "replay.workspaces": "whose replays are due",
  "replay.next": "when the next one is",
  "campaign.workspaces": "who has active campaigns",
  "received.workspaces": "who has received something that waits",
  "received.next.all": "when the next of it is due",
  "received.strangers.workspaces": "who has mails of strangers that are old enough to be cut",
  "received.old.workspaces": "who has received something that is old enough to be deleted",
  "turn.workspaces": "who has turns of the assistant that are due",
  "turn.next": "when the next one is",
  "turn.orphaned.workspaces": "whose turns a dead process had",
  "turn.old": "a plain deletion by age",
  "approval.old": "a plain deletion by age",
  "poll.missing": "which senders are not asked yet",
  "poll.due": "whose turn it is",
  "idempotency.workspaces": "who has keys that are old enough to be deleted",
  "flight.workspaces": "for whom a dead process was at work",
  "flight.old": "a plain deletion by age",
  "notification.old": "a plain deletion by age",
  "notifier.workspaces": "who has chats that are due",
  "notifier.next": "when the next one is",
  "erasure.workspaces": "who has somebody to be erased",
  "erasure.next": "when the next part is due",
  "lead_import.workspaces": "who has an import that is to be undone",
  "crm.old": "a plain deletion by age",
  "crm.pace.old": "a plain deletion by age",
  "chat.pace.old": "a plain deletion by age",
  "crm.import.workspaces": "who has imports that are due",
  "crm.import.next": "when the next one is",
  "destination.failing.workspaces": "who has destinations that fail",
  "delivery.sum.workspaces": "all workspaces",
  "delivery.sum.done": "whose attempts are summed",
  "lane.depth.all": "metrics",
  "lane.broken": "metrics",
  "health.leases": "metrics",
  "health.outbox": "metrics",
  "health.parked": "doctor",
  "health.parkedCount": "doctor",
  "health.spared": "doctor",
  "health.sparedCount": "doctor",
  "health.heldBack": "doctor",
  "health.uncertain": "doctor",
  "health.senders": "doctor",
  "health.destinations": "doctor",
  "health.emailSender": "doctor",
};

/** Sent to one PostgreSQL only; what stands in their place is sent by `npm run test:sharded`. */
const onePostgres: Record<string, string> = {
  "received.next": "received.next.all",
  "lane.depth": "lane.depth.all",
};

export function reasonFor({ name, text }: Statement): string | undefined {
  if (/\bpg_dist_|\bcitus_|\bcreate_(reference|distributed)_/.test(text)) return "it is Citus's own";
  if (name === undefined) return undefined;
  const locks = /\b(for (no key )?update|for share|insert|update)\b/i.test(text);
  return (locks ? undefined : overAll[name]) ?? onePostgres[name];
}
