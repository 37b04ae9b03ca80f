import { liftedSince } from "../../db/consent.ts";
import { hasUndecided, markDelivered, markRead, markUndelivered, messageOfProvider } from "../../db/inbound.ts";
import { newEvent } from "../../db/new-event.ts";
import type { ChannelName, SuppressionKind } from "../../domain/event.ts";
import type { InboundReport } from "../../domain/inbound.ts";
import { suppress } from "../consent.ts";
import { factsOfMessage } from "../message-facts.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { addressesOf, senderIdsOf } from "./person.ts";

/**
 * The provider says what became of a message that it had taken. Reports come out of order at times: what arrived has arrived,
 * whatever comes after, and a failure is not taken back by a `delivered`.
 */
export async function applyReport(arrival: Arrival, report: InboundReport): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const senderIds = await senderIdsOf(arrival, report.account);
  const found = await messageOfProvider(tx, workspaceId, senderIds, report.providerMessageId);
  if (!found) {
    // The provider may report before its own answer to the call is on record: or in place of one.
    const undecided = await hasUndecided(tx, workspaceId, { senderIds, before: arrival.receivedAt });
    const perhaps = undecided ? " It may be one that may have gone out, which is still being found out." : "";
    const refusal = await refuseUnknown(arrival, report);
    const detail = `No message is known as ${report.providerMessageId}.${perhaps}${refusal ? ` ${refusal.detail}` : ""}`;
    return { kind: "later", detail, undecided, ...(refusal && { counted: { leadId: refusal.leadId } }) };
  }
  if (found.shared) {
    const refused = (await refuseUnknown(arrival, report)) ? " Its recipient is opted out." : "";
    const detail = `The provider has called several messages ${report.providerMessageId}: which of them it means can't be told, and it counts for none.${refused}`;
    return { kind: "done", detail };
  }
  const done = (detail: string): Applied => ({ kind: "done", detail, leadId: found.leadId, messageId: found.id });
  await tx.query("select 1 from message where workspace_id = $1 and id = $2 for no key update", [
    workspaceId,
    found.id,
  ]);
  if (report.outcome !== "failed") {
    const read = report.outcome === "read" ? timeOf(arrival, report.at ?? null) : null;
    if (read) await markRead(tx, workspaceId, found.id, read);
    const at = await markDelivered(tx, workspaceId, found.id);
    const facts = at && (await factsOfMessage(tx, workspaceId, found.id));
    if (!facts) return done(read ? "Read." : "Known already.");
    const delivered = { ...facts.data, deliveredAt: at.toISOString() };
    await record(arrival, newEvent(workspaceId, "message.delivered", delivered, facts.about));
    return done("Delivered.");
  }
  const code = report.code ?? "undelivered";
  const detail = report.detail ?? "The provider could not deliver it.";
  if (!(await markUndelivered(tx, workspaceId, found.id, code, detail))) return done("Decided already.");
  const { message, data, about } = (await factsOfMessage(tx, workspaceId, found.id))!;
  await record(arrival, newEvent(workspaceId, "message.failed", { ...data, code, reason: detail }, about));
  if (report.suppress && message.toAddress) {
    await refuse(arrival, report, message.channel, message.toAddress, message.id);
  }
  if (message.campaignId) arrival.effects.failedIn.push({ workspaceId, campaignId: message.campaignId });
  return done(detail);
}

/**
 * Who refused does so whichever message shows it, be it one that another program sent from the account. Null: it says no refusal,
 * or not whose. Said again it changes nothing: the report is looked at again, as its message may be known later.
 */
async function refuseUnknown(arrival: Arrival, report: InboundReport) {
  const { phone } = addressesOf({ phone: report.to ?? null });
  if (report.suppress !== "opted_out" || phone === null) return null;
  return await refuse(arrival, report, "sms", phone, null);
}

/** Unless the address was allowed again after the report had come: it may be looked at hours later, or be processed again. */
async function refuse(
  arrival: Arrival,
  { account, code, detail, suppress: why }: InboundReport,
  channel: ChannelName,
  address: string,
  messageId: string | null,
): Promise<{ detail: string; leadId: string | null }> {
  const { tx, workspaceId, receivedAt: at } = arrival;
  const kind: SuppressionKind = why === "invalid" ? "invalid" : "provider";
  if (await liftedSince(tx, workspaceId, { channel, address, kind, at })) {
    return { detail: "Its recipient was allowed again since.", leadId: null };
  }
  const { lanes, leadIds } = await suppress(
    tx,
    workspaceId,
    {
      ...{ channel, address, source: "provider", kind, at },
      reason: `${why}: ${detail ?? code}`.slice(0, 500),
      evidence: {
        ...(messageId !== null && { messageId }),
        ...(code !== null && { code }),
        provider: account.provider,
      },
    },
    // An address that doesn't work is no wish: what the sequence has on other channels goes on.
    { stop: why === "opted_out" },
  );
  arrival.effects.lanes.push(...lanes);
  arrival.effects.moved = true;
  return { detail: "Its recipient is opted out.", leadId: leadIds[0] ?? null };
}
