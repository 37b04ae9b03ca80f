import type { CampaignRules, DueLead } from "../db/due.ts";
import type { PacedAction } from "../domain/pacing.ts";
import { share } from "../domain/pacing.ts";
import type { Book } from "./select.ts";

/** A campaign's senders for a channel, in a fixed order. */
export function sendersOf(rules: CampaignRules, book: Book, channel: string): string[] {
  return rules.senderIds.filter((id) => book.channelOf(id) === channel).sort();
}

/**
 * Who sends to a lead: the sender that wrote before on this channel, else by the campaign's rotation. '' if there is none.
 *
 * fixed         by the lead's ID, spread evenly: the same whenever it is asked
 * longest_idle  of those that may send now, the one whose last message is the longest ago
 * weighted      of those that may send now, the one that is furthest behind its share of today's messages
 */
export function pickSender(
  rules: CampaignRules,
  book: Book,
  senders: readonly string[],
  lead: Pick<DueLead, "leadId" | "senders" | "channel" | "wasWrittenTo">,
  action: PacedAction,
): string {
  const before = lead.senders[lead.channel];
  if (before !== undefined && before !== "" && book.has(before)) {
    const stays = senders.includes(before) && !mayMove(rules, book, before, lead, action);
    if (stays) return before;
  }
  const able = rules.onSenderPaused === "move" ? senders.filter((id) => canEver(book, id, action)) : senders;
  const choice = able.length > 0 ? able : senders;
  if (choice.length === 0) return before ?? "";
  if (rules.rotation === "fixed") return choice[Math.floor(share(lead.leadId) * choice.length)]!;
  const free = choice.filter((id) => book.capacity(id, action, 1) > 0);
  const from = free.length > 0 ? free : choice;
  if (rules.rotation === "longest_idle") {
    return from.reduce((best, id) => (book.idleSince(id) < book.idleSince(best) ? id : best));
  }
  const load = (id: string) => {
    const weight = rules.senderWeights[id] ?? 1;
    return weight > 0 ? (book.todayOf(id, action) + 1) / weight : Number.POSITIVE_INFINITY;
  };
  return from.reduce((best, id) => (load(id) < load(best) ? id : best));
}

/** Whether a lead that got nothing yet may leave its sender. */
function mayMove(
  rules: CampaignRules,
  book: Book,
  senderId: string,
  lead: Pick<DueLead, "wasWrittenTo">,
  action: PacedAction,
): boolean {
  return rules.onSenderPaused === "move" && !lead.wasWrittenTo && !canEver(book, senderId, action);
}

function canEver(book: Book, senderId: string, action: PacedAction): boolean {
  return book.slot(senderId, action).at !== Number.POSITIVE_INFINITY;
}
