import type { InboundComplaint } from "../../domain/inbound.ts";
import { byProgram, fieldsOf, originalIds } from "./bounce.ts";
import type { ParsedMail } from "./parse.ts";

/** Who writes in the name of a feedback loop, where nothing else shows that a program did. */
const loop = /^(?:fbl|feedback-?loops?|fbl-?report|feedback|scomp|jmrp|arf|complaints?|spam-?reports?)@/;
/** Microsoft's JMRP, which attaches the mail and writes no report: who got it stands in a field of that mail's header. */
const jmrp = /^(?:staff|jmrp)@(?:hotmail|outlook|live|microsoft)\.com$/;

/** What a feedback report says (ARF, RFC 5965, and what comes near it): that somebody called a mail spam. Null: it is none. */
export function readComplaint(mail: ParsedMail): Omit<InboundComplaint, "kind" | "senderId"> | null {
  const report = fieldsOfReport(mail);
  if (!report) return fromMicrosoft(mail);
  const feedback = report.get("feedback-type")?.trim().toLowerCase().slice(0, 50) || "abuse";
  const recipient =
    addressIn(report.get("original-rcpt-to")) ?? addressIn(report.get("removal-recipient")) ?? toOfOriginal(mail);
  return { references: originalIds(mail), recipient, feedback };
}

function fieldsOfReport(mail: ParsedMail): Map<string, string> | null {
  const report = mail.reports.find(({ type }) => type === "message/feedback-report");
  if (report) return byProgram(mail) || loop.test(mail.from?.address ?? "") ? fieldsOf(report.text) : null;
  // Some have the fields in a part of another type, or below a sentence.
  if (!/\breport-type\s*=\s*"?feedback-report\b/i.test(mail.header("content-type")[0] ?? "")) return null;
  const at = mail.text.search(/^feedback-type[ \t]*:/im);
  return at === -1 ? new Map() : fieldsOf(mail.text.slice(at, at + 20_000));
}

function fromMicrosoft(mail: ParsedMail): ReturnType<typeof readComplaint> {
  if (!jmrp.test(mail.from?.address ?? "")) return null;
  const original = originalHeader(mail);
  const said = addressIn(original?.get("x-hmxmroriginalrecipient"));
  if (said === null && !(original && /^complaint about message from\b/i.test(mail.subject ?? ""))) return null;
  return { references: originalIds(mail), recipient: said ?? toOfOriginal(mail), feedback: "abuse" };
}

const addressIn = (field: string | undefined): string | null =>
  /^<?([^\s@<>]{1,64}@[^\s@<>]{1,255})>?$/
    .exec(field?.replace(/^rfc822\s*;\s*/i, "").trim() ?? "")?.[1]
    ?.toLowerCase() ?? null;

function originalHeader(mail: ParsedMail): Map<string, string> | undefined {
  const original = mail.reports.find(({ type }) => type === "message/rfc822" || type === "text/rfc822-headers");
  return original && fieldsOf(original.text.split(/\r?\n\r?\n/, 1)[0] ?? "");
}

/** Whom the mail was written to that the report is of, by its own header: one alone, or it isn't known which of them complained. */
function toOfOriginal(mail: ParsedMail): string | null {
  const to = originalHeader(mail)?.get("to");
  const found = to?.match(/[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,255}/g) ?? [];
  return found.length === 1 ? found[0]!.toLowerCase() : null;
}
