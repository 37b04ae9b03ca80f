import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import type { MessageContent } from "../domain/message-content.ts";
import { compileTemplate } from "../domain/template.ts";

/** What is wrong with the templates of a message: field, and the line and column in it. */
export function templateProblems(content: MessageContent, prefix: string): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  for (const field of ["subject", "text", "html"] as const) {
    const source = content[field];
    if (source === null) continue;
    try {
      compileTemplate(source, { body: field === "html" ? "html" : "text" });
    } catch (error) {
      if (!(error instanceof HeraldError) || error.code !== "invalid_template") throw error;
      problems.push({ field: prefix + field, reason: error.details?.[0]?.reason ?? error.message });
    }
  }
  return problems;
}
