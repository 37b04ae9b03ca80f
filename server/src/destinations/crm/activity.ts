import { z } from "zod";
import { HeraldError } from "../../domain/error.ts";
import type { EventType } from "../../domain/event.ts";
import type { StoredEvent } from "../../domain/format.ts";
import { compileTemplate, type RenderedTemplate, renderTemplate } from "../../domain/template.ts";

/** What CRMs are told of: each is an activity of its own there. */
export const crmEventTypes = [
  "message.sent",
  "message.received",
  "reply.received",
  "connection_request.sent",
  "connection_request.accepted",
  "lead.updated",
  "lead.opted_out",
  "lead.opted_in",
  "lead.do_not_contact",
] as const satisfies readonly EventType[];
type CrmEventType = (typeof crmEventTypes)[number];

/** An event as an activity, in no CRM's words. */
export interface Activity {
  eventId: string;
  /** The channel of a message; `note`: anything else. */
  kind: "linkedin" | "sms" | "email" | "note";
  incoming: boolean;
  subject: string;
  /** Text, with the marker at its end. */
  body: string;
  /** By which the activity is found again in the CRM: the event's ID, in the body's last line. */
  marker: string;
  /** ISO 8601, UTC. */
  at: string;
  /** The lead's number and address. */
  phone: string | null;
  email: string | null;
}

const template = z.string().min(1).max(10_000);
/** Settings that all CRMs have in common. */
export const mappingConfig = {
  createPeople: z.boolean().default(false).meta({
    description: "Whether a person who isn't in the CRM is created there. Else the event fails, and says so.",
  }),
  ownerId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .optional()
    .meta({ description: "The CRM's ID of the user in whose name activities are logged." }),
  templates: z
    .partialRecord(z.enum(crmEventTypes), z.strictObject({ subject: template.optional(), body: template.optional() }))
    .default({})
    .meta({
      description:
        "Liquid templates by event type, in place of the defaults. Variables: the fields of the event's data, `text`, `subject`, and of the lead `firstName`, `lastName`, `company` and `title`.",
    }),
};
export type Templates = Partial<Record<CrmEventType, { subject?: string | undefined; body?: string | undefined }>>;

const notice = (text: string) => ({ subject: text.split(/[.:{]/)[0]!.trim(), body: text });
const message = { subject: '{{ subject | default: "(no subject)" }}', body: '{{ text | default: "(no text)" }}' };
/** Documented in docs/crm.md. */
export const defaultTemplates: Record<CrmEventType, { subject: string; body: string }> = {
  "message.sent": message,
  "message.received": message,
  "reply.received": message,
  "connection_request.sent": notice("LinkedIn invitation sent.{% if note %} With it: {{ note }}{% endif %}"),
  "connection_request.accepted": notice("LinkedIn invitation accepted."),
  "lead.updated": notice("Status changed: {{ previousStatus }} to {{ newStatus }}.{% if note %} {{ note }}{% endif %}"),
  "lead.opted_out": notice("Opted out of {{ channel }} ({{ address }}): {{ reason }}"),
  "lead.opted_in": notice("Opted in to {{ channel }} again ({{ address }}): {{ reason }}"),
  "lead.do_not_contact": notice("Do not contact, on any channel: {{ reason }}"),
};

/** What is wrong with a template; null: nothing. */
export function templateProblem(templates: Templates): { field: string; reason: string } | null {
  for (const [type, parts] of Object.entries(templates)) {
    for (const [part, source] of Object.entries(parts ?? {})) {
      if (source === undefined) continue;
      try {
        compileTemplate(source);
      } catch (error) {
        if (!(error instanceof HeraldError)) throw error;
        return { field: `config.templates.${type}.${part}`, reason: error.message };
      }
    }
  }
  return null;
}

export type Mapped =
  | { ok: true; activity: Activity }
  | { ok: false; outcome: "skipped" | "failed"; code: string; detail: string };

/** `about`: what is known of the lead beside the event. */
export function activityOf(
  event: StoredEvent,
  data: Record<string, unknown>,
  about: Record<string, unknown>,
  templates: Templates,
): Mapped {
  const type = event.eventType as CrmEventType;
  const defaults = defaultTemplates[type];
  if (defaults === undefined)
    return skipped("not_mapped", `Events of the type ${event.eventType} aren't logged in a CRM.`);
  if (type === "lead.opted_out" && data.isDoNotContact === true)
    return skipped("said_already", "It is part of a lead.do_not_contact, which is logged by itself.");
  const content = (data.content ?? {}) as Record<string, unknown>;
  const values = { ...about, ...data, text: content.text, subject: content.subject };
  const rendered: Record<"subject" | "body", string> = { subject: "", body: "" };
  for (const part of ["subject", "body"] as const) {
    const result: RenderedTemplate = renderTemplate(compileTemplate(templates[type]?.[part] ?? defaults[part]), values);
    if (!result.ok) {
      const detail = `The template of the ${part} for ${type} can't be written: ${result.reason} Change config.templates, then retry the delivery.`;
      return { ok: false, outcome: "failed", code: result.code, detail };
    }
    rendered[part] = result.text;
  }
  const message = type === "message.sent" || type === "message.received" || type === "reply.received";
  const marker = `[Herald ${event.eventId}, ${event.timestamp.slice(0, 16).replace("T", " ")} UTC]`;
  const activity: Activity = {
    ...{ eventId: event.eventId, kind: message ? (data.channel as Activity["kind"]) : "note" },
    ...{ incoming: message && type !== "message.sent", subject: rendered.subject.replace(/\s+/g, " ").trim() },
    ...{ body: `${cut(rendered.body, mostOfBody)}\n\n${marker}`, marker: event.eventId, at: event.timestamp },
    ...{ phone: (data.phone as string | null) ?? null, email: (data.email as string | null) ?? null },
  };
  return { ok: true, activity };
}

/** Below the shortest of the CRMs' limits (Salesforce: 32,000), so that the marker is never cut off. */
const mostOfBody = 30_000;

export const cut = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 2).toWellFormed()} …`;

const skipped = (code: string, detail: string): Mapped => ({ ok: false, outcome: "skipped", code, detail });
