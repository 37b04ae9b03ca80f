import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import type { MessageContent } from "../domain/message-content.ts";
import { compileTemplate, htmlTemplateProblem } from "../domain/template.ts";

/** What is wrong with the templates of a message: field, and the line and column in it, or the link. */
export function templateProblems(content: MessageContent, prefix: string): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  for (const field of ["subject", "text", "html"] as const) {
    const source = content[field];
    if (source === null) continue;
    try {
      const compiled = compileTemplate(source, { body: field === "html" ? "html" : "text" });
      const reason = field === "html" ? htmlTemplateProblem(compiled) : null;
      if (reason !== null) problems.push({ field: prefix + field, reason });
    } catch (error) {
      if (!(error instanceof HeraldError) || error.code !== "invalid_template") throw error;
      problems.push({ field: prefix + field, reason: error.details?.[0]?.reason ?? error.message });
    }
  }
  return problems;
}
