import { templateValues } from "../campaigns/writing.ts";
import type { Lead } from "../db/lead.ts";
import type { ChannelName } from "../domain/event.ts";
import { contentProblems } from "../domain/message-content.ts";
import { compileTemplate, renderTemplate } from "../domain/template.ts";

/** What a template says to a lead; never with a hole in it. */
export function writtenFrom(
  template: string,
  lead: Lead,
  channel: ChannelName,
): { ok: true; text: string } | { ok: false; code: string; detail: string } {
  const values = templateValues(lead);
  let rendered: ReturnType<typeof renderTemplate>;
  try {
    rendered = renderTemplate(compileTemplate(template, { body: "text" }), values);
  } catch (error) {
    return { ok: false, code: "invalid_template", detail: `The template can't be read: ${(error as Error).message}` };
  }
  if (!rendered.ok) return { ok: false, code: rendered.code, detail: rendered.reason };
  const { text } = rendered;
  if (!text.isWellFormed() || text.includes("\0")) {
    return { ok: false, code: "render_failed", detail: "The text made from this lead's data is not valid text." };
  }
  const [problem] = contentProblems({ channel, action: "message", subject: null, text, html: null });
  if (problem)
    return { ok: false, code: "invalid_content", detail: `The text made from this lead's data: ${problem.reason}` };
  return { ok: true, text };
}
