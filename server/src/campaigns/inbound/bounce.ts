import { markDelivered } from "../../db/inbound.ts";
import { findLeadByAddress } from "../../db/lead.ts";
import {
  type KnownMail,
  latestMailTo,
  mailOfReferences,
  mailSenders,
  markBounced,
  noteOnMessage,
  refusedBefore,
} from "../../db/mail.ts";
import { newEvent } from "../../db/new-event.ts";
import { normaliseEmail } from "../../domain/email-address.ts";
import type { InboundBounce, InboundComplaint, InboundUnsubscribe } from "../../domain/inbound.ts";
import { ofSenderStatus } from "../../domain/mail-refusal.ts";
import { suppress } from "../consent.ts";
import { settleAsSent } from "../control.ts";
import { factsOfMessage } from "../message-facts.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { ofRecipient } from "./mail.ts";
import { addressesOf } from "./person.ts";

/** A report that doesn't say which mail it is of is one of a mail of the last days. */
const reportDays = 7;

/** A mail server says what became of an email: see `InboundBounce` for what each outcome means. */
export async function applyBounce(arrival: Arrival, bounce: InboundBounce): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const mail = await reported(arrival, bounce);
  if (!mail)
    return {
      kind: "unmatched",
      detail: `This report is of no mail of Herald's (${bounce.recipient ?? "it names no recipient"}).`,
    };
  if (mail.status === "sending") return { kind: "later", detail: "The message is just being sent." };
  const done = (detail: string): Applied => ({ kind: "done", detail, leadId: mail.leadId, messageId: mail.id });
  const said = [bounce.status, bounce.detail].filter(Boolean).join(" ").slice(0, 500) || "no reason given";
  // Whatever the server says of it: it has it.
  if (mail.status === "uncertain") {
    const lanes = await settleAsSent(tx, workspaceId, mail.id, "A report of a mail server shows that it went out.");
    arrival.effects.lanes.push(...lanes);
    arrival.effects.moved = true;
  }
  if (bounce.outcome === "delivered") {
    const at = await markDelivered(tx, workspaceId, mail.id);
    const facts = at && (await factsOfMessage(tx, workspaceId, mail.id));
    if (!facts) return done("Known already.");
    await record(
      arrival,
      newEvent(workspaceId, "message.delivered", { ...facts.data, deliveredAt: at.toISOString() }, facts.about),
    );
    return done("Delivered.");
  }
  if (bounce.outcome === "soft") {
    await noteOnMessage(tx, workspaceId, mail.id, { code: "soft_bounce", detail: said });
    return done(`A soft bounce: ${said}`);
  }
  const code = bounce.outcome === "hard" ? ("bounced" as const) : ("refused" as const);
  if (!(await markBounced(tx, workspaceId, mail.id, { code, detail: said }))) return done("Decided already.");
  const { data, about } = (await factsOfMessage(tx, workspaceId, mail.id))!;
  const bouncedAt = timeOf(arrival, bounce.at).toISOString();
  const told = { ...data, code, smtpStatus: bounce.status, reason: said, bouncedAt };
  await record(arrival, newEvent(workspaceId, "message.bounced", told, about));
  // Once may be that mail's fault, or the sender's reputation that day. An address that takes no second one either is left alone.
  // Not where the reason is the sender's own: its limit may be reached every day.
  const again =
    code === "refused" &&
    bounce.status?.startsWith("5.") &&
    !ofSenderStatus.test(bounce.status) &&
    (await refusedBefore(tx, workspaceId, mail));
  if (code === "bounced" || again) {
    const { lanes } = await suppress(
      tx,
      workspaceId,
      {
        ...{ channel: "email", address: mail.toAddress, kind: "bounce", source: "provider" },
        ...{
          reason: `${again ? "refused twice" : "bounced"}: ${said}`.slice(0, 500),
          evidence: { messageId: mail.id },
        },
      },
      // What the sequence has on other channels goes on, as when the server refuses the address at once.
      { stop: false },
    );
    arrival.effects.lanes.push(...lanes);
    arrival.effects.moved = true;
  }
  if (mail.campaignId) arrival.effects.failedIn.push({ workspaceId, campaignId: mail.campaignId });
  return done(`Bounced: ${said}`);
}

/** The mail that a report is of: by its Message-ID; where none is said, the latest one to the recipient. */
async function reported(
  { tx, workspaceId }: Arrival,
  about: { references: readonly string[]; recipient: string | null; finalRecipient?: string | null },
): Promise<KnownMail | null> {
  const senderIds = (await mailSenders(tx, workspaceId)).map(({ id }) => id);
  const first = await mailOfReferences(tx, workspaceId, senderIds, about.references);
  const to = about.recipient === null ? null : normaliseEmail(about.recipient);
  const known = await ofRecipient(tx, workspaceId, senderIds, first, to?.ok ? to.value : null);
  // Mails of leads are in the conversation as well, and none of them is reported to us.
  if (known) return known.direction === "outbound" ? await held(tx, workspaceId, known) : null;
  if (about.references.length > 0) return null;
  for (const recipient of [about.recipient, about.finalRecipient ?? null]) {
    const address = recipient === null ? null : normaliseEmail(recipient);
    const lead = address?.ok && (await findLeadByAddress(tx, workspaceId, "email", address.value));
    const mail = lead && (await latestMailTo(tx, workspaceId, lead.id, senderIds, reportDays));
    if (mail) return await held(tx, workspaceId, mail);
  }
  return null;
}

/** Locked, as it is now. */
async function held(tx: Arrival["tx"], workspaceId: string, mail: KnownMail): Promise<KnownMail> {
  const { rows } = await tx.query<{ status: string }>(
    "select status from message where workspace_id = $1 and id = $2 for no key update",
    [workspaceId, mail.id],
  );
  return { ...mail, status: rows[0]?.status ?? mail.status };
}

/**
 * Types of feedback (RFC 5965, 7.3; RFC 6591) that programs give: of a mail that had a virus, or failed DKIM, SPF or DMARC. With any other,
 * also one that no standard knows ("unsubscribe"), a person says that they don't want a mail, or somebody for them.
 */
const byPrograms = /^(?:auth-failure|virus)$|dkim|spf|dmarc/;

/**
 * Somebody called a mail spam: nothing more is sent to that address. Whom the report names counts, whichever mail it is of: relays
 * rename mails, and people report old ones.
 */
export async function applyComplaint(arrival: Arrival, complaint: InboundComplaint): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  if (complaint.feedback === "not-spam") return { kind: "done", detail: "Somebody said that a mail is no spam." };
  if (byPrograms.test(complaint.feedback)) {
    return { kind: "done", detail: `A report about a mail (${complaint.feedback}), not a complaint of its recipient.` };
  }
  const mail = await reported(arrival, complaint);
  const named = complaint.recipient === null ? null : normaliseEmail(complaint.recipient);
  const lead = named?.ok ? await findLeadByAddress(tx, workspaceId, "email", named.value) : null;
  // Who complains refuses, also where neither the mail nor a lead is known (any more): a later import finds it.
  const own = new Set((await mailSenders(tx, workspaceId)).map(({ address }) => address));
  const said = named?.ok && !own.has(named.value) ? named.value : null;
  const addresses = new Set([mail?.toAddress, said].filter((address): address is string => !!address));
  if (addresses.size === 0) return { kind: "unmatched", detail: "This complaint is about no mail of Herald's." };
  const reason = `complaint: ${complaint.feedback}`;
  if (mail) {
    await noteOnMessage(tx, workspaceId, mail.id, {
      code: "complaint",
      detail: `The recipient reported it (${complaint.feedback}).`,
    });
  }
  for (const address of addresses) {
    const { lanes } = await suppress(tx, workspaceId, {
      ...{ channel: "email", address, kind: "complaint", source: "provider", reason },
      evidence: { ...(mail ? { messageId: mail.id } : {}), feedback: complaint.feedback },
    });
    arrival.effects.lanes.push(...lanes);
  }
  arrival.effects.moved = true;
  if (mail?.campaignId) arrival.effects.failedIn.push({ workspaceId, campaignId: mail.campaignId });
  const leadId = mail?.leadId ?? lead?.id ?? null;
  return { kind: "done", detail: `Opted out: ${reason}`, leadId, messageId: mail?.id ?? null };
}

/** Somebody's mail program asked for no more mails: at the address that the mail went to, and at the one that asks. */
export async function applyUnsubscribe(arrival: Arrival, asked: InboundUnsubscribe): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const ids = asked.messageId === null ? [] : [`<${asked.messageId}@herald>`];
  const mail = await mailOfReferences(tx, workspaceId, [], ids);
  const own = addressesOf(asked.person).email;
  const addresses = new Set([mail?.toAddress, own].filter((address): address is string => !!address));
  if (addresses.size === 0) return { kind: "unmatched", detail: "This names neither a mail nor an address." };
  for (const address of addresses) {
    const { lanes } = await suppress(tx, workspaceId, {
      ...{ channel: "email", address, kind: "unsubscribe", source: "lead", reason: "unsubscribe: by mail" },
      evidence: { text: asked.text, ...(mail ? { messageId: mail.id } : {}) },
    });
    arrival.effects.lanes.push(...lanes);
  }
  arrival.effects.moved = true;
  const detail = "Opted out of email by mail.";
  return { kind: "done", detail, leadId: mail?.leadId ?? null, messageId: mail?.id ?? null };
}
