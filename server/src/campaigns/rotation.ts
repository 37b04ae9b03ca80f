import type { CampaignRules, DueLead } from "../db/due.ts";
import type { PacedAction } from "../domain/pacing.ts";
import { share } from "../domain/pacing.ts";
import type { Book } from "./select.ts";

/** A campaign's senders for a channel, in a fixed order. */
export function sendersOf(rules: CampaignRules, book: Book, channel: string | null): string[] {
  return rules.senderIds.filter((id) => book.channelOf(id) === channel).sort();
}

/**
 * Who sends to a lead: the sender that wrote before on this channel, else by the campaign's rotation. '' if there is none.
 *
 * fixed         by the lead's ID, spread evenly: the same whenever it is asked
 * longest_idle  of those that may send now, the one whose last message is the longest ago
 * weighted      of those that may send now, by chance in proportion to the weights; the same whenever it is asked
 */
export function pickSender(
  rules: CampaignRules,
  book: Book,
  senders: readonly string[],
  lead: Pick<DueLead, "leadId" | "senders" | "channel" | "wasWrittenTo">,
  action: PacedAction,
): string {
  const before = lead.senders[lead.channel ?? ""];
  if (before !== undefined && before !== "" && book.has(before)) {
    const stays = senders.includes(before) && !mayMove(rules, book, before, lead, action);
    if (stays) return before;
  }
  const able = rules.onSenderPaused === "move" ? senders.filter((id) => canEver(book, id, action)) : senders;
  const choice = able.length > 0 ? able : senders;
  if (choice.length === 0) return before ?? "";
  if (rules.rotation === "fixed") return choice[Math.floor(share(lead.leadId) * choice.length)]!;
  // A weight of 0 takes a sender out, also while all the others are busy.
  const weightOf = (id: string) => rules.senderWeights[id] ?? 1;
  const weighed = rules.rotation === "weighted" ? choice.filter((id) => weightOf(id) > 0) : choice;
  const willing = weighed.length > 0 ? weighed : choice;
  const free = willing.filter((id) => book.capacity(id, action, 1) > 0);
  const from = free.length > 0 ? free : willing;
  if (rules.rotation === "longest_idle") {
    // Senders without limits have no record of their last message: among them today's count decides.
    const rank = (id: string) => [book.idleSince(id), book.todayOf(id, action)] as const;
    return from.reduce((best, id) => {
      const [a, b] = [rank(id), rank(best)];
      return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? id : best;
    });
  }
  let at = share(`${lead.leadId} weighted`) * from.reduce((sum, id) => sum + weightOf(id), 0);
  for (const id of from) {
    at -= weightOf(id);
    if (at < 0) return id;
  }
  return from.at(-1)!;
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
