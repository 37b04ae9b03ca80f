import type { ImportReport } from "../../server/src/sources/lead-import.ts";
import type { Verdict } from "./benchmark.ts";
import type { LeadFile } from "./import/csv-file.ts";
import type { Tally } from "./receiver.ts";

/**
 * Whether a run counts. A benchmark that loses or doubles something, or signs it wrongly, has measured nothing.
 */

/**
 * Every one of `eventIds` must have arrived exactly once (at each of `fanout` destinations) with a valid signature, and
 * nothing else may have arrived.
 */
export function judgeDeliveries(eventIds: readonly string[], tally: Omit<Tally, "arrivedAt">, fanout = 1): Verdict {
  const problems: string[] = [];
  let arrivedOnce = 0;
  let lost = 0;
  let repeated = 0;
  for (const id of eventIds) {
    const times = tally.events.get(id) ?? 0;
    if (times === fanout) arrivedOnce += 1;
    else if (times < fanout) lost += 1;
    else repeated += 1;
  }
  const known = new Set(eventIds);
  const strangers = [...tally.events.keys()].filter((id) => !known.has(id)).length;
  const forged = tally.requests - tally.signaturesValid;
  if (eventIds.length === 0) problems.push("Nothing was sent.");
  if (lost > 0) problems.push(`${lost} events did not arrive with a valid signature.`);
  if (repeated > 0) problems.push(`${repeated} events arrived more than once.`);
  if (strangers > 0) problems.push(`${strangers} events arrived that were not sent.`);
  if (forged > 0) problems.push(`${forged} requests had no valid signature.`);
  const checked = { sent: eventIds.length, arrivedOnce, signaturesValid: tally.signaturesValid };
  return { ok: problems.length === 0, checked, problems };
}

/**
 * Every one of `eventIds` must have arrived with a valid signature, at most `mayRepeat` requests may have come beyond the
 * first of each, and nothing else: what holds where a process was killed that had so many under way.
 */
export function judgeInterrupted(
  eventIds: readonly string[],
  tally: Omit<Tally, "arrivedAt">,
  mayRepeat: number,
): Verdict {
  const distinct = new Map([...tally.events.keys()].map((id) => [id, 1]));
  const { checked, problems } = judgeDeliveries(eventIds, { ...tally, events: distinct });
  const repeated = tally.signaturesValid - tally.events.size;
  if (repeated > mayRepeat) problems.push(`${repeated} requests came again, and ${mayRepeat} had been under way.`);
  return { ok: problems.length === 0, checked, problems };
}

/** What the database says about a message. */
export interface MessageFact {
  status: string;
  /** What the provider counts it by. */
  providerKey: string;
  /** Its `message.sent` events. */
  eventIds: string[];
}

/**
 * Every accepted message must be `sent`, have reached the provider exactly once, and have exactly one event, which must
 * have been delivered exactly once with a valid signature. Neither side may have got anything else.
 */
export function judgeMessages(
  messageIds: readonly string[],
  facts: ReadonlyMap<string, MessageFact>,
  taken: ReadonlyMap<string, number>,
  tally: Omit<Tally, "arrivedAt">,
): Verdict {
  const wrong = {
    "were not stored": 0,
    "are not sent": 0,
    "did not reach the provider": 0,
    "reached the provider more than once": 0,
    "have not exactly one event": 0,
  };
  const eventIds: string[] = [];
  let arrivedOnce = 0;
  for (const id of messageIds) {
    const fact = facts.get(id);
    if (!fact) {
      wrong["were not stored"] += 1;
      continue;
    }
    const times = taken.get(fact.providerKey) ?? 0;
    if (fact.status !== "sent") wrong["are not sent"] += 1;
    if (times === 0) wrong["did not reach the provider"] += 1;
    if (times > 1) wrong["reached the provider more than once"] += 1;
    if (fact.eventIds.length !== 1) wrong["have not exactly one event"] += 1;
    eventIds.push(...fact.eventIds);
    const [eventId = ""] = fact.eventIds;
    if (times === 1 && fact.eventIds.length === 1 && tally.events.get(eventId) === 1) arrivedOnce += 1;
  }
  const problems = Object.entries(wrong).flatMap(([what, count]) => (count > 0 ? [`${count} messages ${what}.`] : []));
  const strangers = taken.size - new Set([...facts.values()].map(({ providerKey }) => providerKey)).size;
  if (strangers > 0) problems.push(`${strangers} messages reached the provider that were not accepted.`);
  const webhooks = judgeDeliveries(eventIds, tally);
  problems.push(...webhooks.problems);
  const checked = { sent: messageIds.length, arrivedOnce, signaturesValid: webhooks.checked.signaturesValid };
  return { ok: problems.length === 0 && arrivedOnce === messageIds.length, checked, problems };
}

/** Every distinct row of the file must be a lead now, once, and the import's own report must say what the file holds. */
export function judgeImport(
  file: Pick<LeadFile, "rows" | "duplicates" | "emailsSha256">,
  report: Pick<ImportReport, "rows" | "added" | "duplicates" | "rejected">,
  stored: { leads: number; emailsSha256: string },
): Verdict {
  const problems: string[] = [];
  const distinct = file.rows - file.duplicates;
  if (stored.leads !== distinct) problems.push(`The file has ${distinct} leads, the database ${stored.leads}.`);
  if (stored.emailsSha256 !== file.emailsSha256) problems.push("The stored addresses are not the file's.");
  const told = { rows: report.rows, added: report.added, duplicates: report.duplicates, rejected: report.rejected };
  const right = { rows: file.rows, added: distinct, duplicates: file.duplicates, rejected: 0 };
  for (const [name, value] of Object.entries(right)) {
    const said = told[name as keyof typeof told];
    if (said !== value) problems.push(`The report says ${said} ${name}, the file has ${value}.`);
  }
  if (distinct === 0) problems.push("Nothing was imported.");
  return {
    ok: problems.length === 0,
    checked: { sent: distinct, arrivedOnce: Math.min(stored.leads, distinct), signaturesValid: null },
    problems,
  };
}

/**
 * Each lead was asked to be written to once. Every request must have been answered with a message ID, and that message
 * must be stored and queued, exactly once, with no other beside it.
 */
export function judgeAccepted(
  leadIds: readonly string[],
  messageIds: readonly string[],
  stored: readonly { id: string; leadId: string; queued: number }[],
): Verdict {
  const problems: string[] = [];
  const answered = new Set(messageIds);
  const byLead = Map.groupBy(stored, ({ leadId }) => leadId);
  let arrivedOnce = 0;
  for (const leadId of leadIds) {
    const messages = byLead.get(leadId) ?? [];
    if (messages.length === 1 && answered.has(messages[0]!.id) && messages[0]!.queued === 1) arrivedOnce += 1;
  }
  if (leadIds.length === 0) problems.push("Nothing was asked for.");
  if (messageIds.length < leadIds.length) problems.push(`${leadIds.length - messageIds.length} requests were refused.`);
  if (answered.size < messageIds.length) problems.push("Two answers had the same message ID.");
  if (arrivedOnce < leadIds.length)
    problems.push(`${leadIds.length - arrivedOnce} messages are not stored and queued exactly once.`);
  if (stored.length > leadIds.length)
    problems.push(`${stored.length - leadIds.length} messages are stored that nobody asked for.`);
  return { ok: problems.length === 0, checked: { sent: leadIds.length, arrivedOnce, signaturesValid: null }, problems };
}

/** Verdicts of several measurements as one. */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  const checked = { sent: 0, arrivedOnce: 0, signaturesValid: null as number | null };
  for (const verdict of verdicts) {
    checked.sent += verdict.checked.sent;
    checked.arrivedOnce += verdict.checked.arrivedOnce;
    if (verdict.checked.signaturesValid !== null) {
      checked.signaturesValid = (checked.signaturesValid ?? 0) + verdict.checked.signaturesValid;
    }
  }
  const problems = verdicts.length === 0 ? ["Nothing was measured."] : verdicts.flatMap((verdict) => verdict.problems);
  return { ok: problems.length === 0 && verdicts.every((verdict) => verdict.ok), checked, problems };
}
