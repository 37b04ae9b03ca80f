import type { InboundComplaint } from "../../domain/inbound.ts";
import { byProgram, fieldsOf, originalIds } from "./bounce.ts";
import type { ParsedMail } from "./parse.ts";

/** What a feedback report says (ARF, RFC 5965): that somebody called a mail spam. Null: it is none. */
export function readComplaint(mail: ParsedMail): Omit<InboundComplaint, "kind" | "senderId"> | null {
  const report = mail.reports.find(({ type }) => type === "message/feedback-report");
  if (!report || !byProgram(mail)) return null;
  const fields = fieldsOf(report.text);
  const feedback = fields.get("feedback-type")?.trim().toLowerCase().slice(0, 50) ?? "abuse";
  const address = (field: string | undefined) =>
    /^<?([^\s@<>]{1,64}@[^\s@<>]{1,255})>?$/
      .exec(field?.replace(/^rfc822\s*;\s*/i, "").trim() ?? "")?.[1]
      ?.toLowerCase() ?? null;
  const recipient =
    address(fields.get("original-rcpt-to")) ?? address(fields.get("removal-recipient")) ?? toOfOriginal(mail);
  return { references: originalIds(mail), recipient, feedback };
}

/** Whom the mail was written to that the report is of, by its own header: one alone, or it isn't known which of them complained. */
function toOfOriginal(mail: ParsedMail): string | null {
  const original = mail.reports.find(({ type }) => type === "message/rfc822" || type === "text/rfc822-headers");
  const to = original && fieldsOf(original.text.split(/\r?\n\r?\n/, 1)[0] ?? "").get("to");
  const found = to?.match(/[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,255}/g) ?? [];
  return found.length === 1 ? found[0]!.toLowerCase() : null;
}
