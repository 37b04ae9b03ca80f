import { markDelivered, markRead, markUndelivered, messageOfProvider } from "../../db/inbound.ts";
import { getLead } from "../../db/lead.ts";
import { getMessage } from "../../db/message.ts";
import { newEvent } from "../../db/new-event.ts";
import { stopByAddress } from "../../db/stopping.ts";
import { addSuppression } from "../../db/suppression.ts";
import type { InboundReport } from "../../domain/inbound.ts";
import { messageData } from "../facts.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { senderIdsOf } from "./person.ts";

/**
 * The provider says what became of a message that it had taken. Reports come out of order at times: what arrived has arrived,
 * whatever comes after, and a failure is not taken back by a `delivered`.
 */
export async function applyReport(arrival: Arrival, report: InboundReport): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const senderIds = await senderIdsOf(arrival, report.account);
  const found = await messageOfProvider(tx, workspaceId, senderIds, report.providerMessageId);
  // The provider may report before its own answer to the call is on record.
  if (!found) return { kind: "later", detail: `No message is known as ${report.providerMessageId}.` };
  const done = (detail: string): Applied => ({ kind: "done", detail, leadId: found.leadId, messageId: found.id });
  await tx.query("select 1 from message where workspace_id = $1 and id = $2 for no key update", [
    workspaceId,
    found.id,
  ]);
  if (report.outcome !== "failed") {
    const at = timeOf(arrival, report.at ?? null);
    const read = report.outcome === "read" && (await markRead(tx, workspaceId, found.id, at));
    const delivered = await markDelivered(tx, workspaceId, found.id);
    return done(read ? "Read." : delivered ? "Delivered." : "Known already.");
  }
  const code = report.code ?? "undelivered";
  const detail = report.detail ?? "The provider could not deliver it.";
  if (!(await markUndelivered(tx, workspaceId, found.id, code, detail))) return done("Decided already.");
  const message = (await getMessage(tx, workspaceId, found.id))!;
  const lead = await getLead(tx, workspaceId, found.leadId);
  const about = { leadId: message.leadId, campaignId: message.campaignId, channel: message.channel };
  const facts = {
    ...message,
    messageId: message.id,
    ...{ externalLeadId: lead?.externalLeadId ?? null, profile: lead?.profile ?? null },
    ...{ linkedinUrl: lead?.linkedinUrl ?? null, phone: lead?.phone ?? null, email: lead?.email ?? null },
  };
  const data = messageData(facts, { providerMessageId: message.providerMessageId, subject: message.subject });
  await record(arrival, newEvent(workspaceId, "message.failed", { ...data, code, reason: detail }, about));
  if (report.suppress) {
    const reason = `${report.suppress}: ${detail}`.slice(0, 500);
    const suppressed = { channel: message.channel, address: message.toAddress, reason };
    await addSuppression(tx, workspaceId, { ...suppressed, source: "provider" });
    await stopByAddress(tx, workspaceId, suppressed);
    arrival.effects.moved = true;
  }
  if (message.campaignId) arrival.effects.failedIn.push({ workspaceId, campaignId: message.campaignId });
  return done(detail);
}
