import { z } from "zod";
import { HeraldError } from "../../domain/error.ts";
import type { EventType } from "../../domain/event.ts";
import type { StoredEvent } from "../../domain/format.ts";
import { compileTemplate, type RenderedTemplate, renderTemplate } from "../../domain/template.ts";

/** What CRMs are told of: each is an activity of its own there. */
export const crmEventTypes = [
  "message.sent",
  "message.received",
  "message.auto_replied",
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
  /** When it was told: the event's time. */
  toldAt: string;
  /** More fields of the CRM's own, by their names there. */
  fields: Record<string, string>;
  /** The lead's number and address. */
  phone: string | null;
  email: string | null;
}

/** Those that somebody or something wrote, by their channel. */
const messages: readonly string[] = [
  "message.sent",
  "message.received",
  "message.auto_replied",
  "reply.received",
] satisfies CrmEventType[];

const template = z.string().min(1).max(10_000);
const fieldName = /^[A-Za-z][\w.]{0,99}$/;
const fieldTemplates = z.record(z.string().regex(fieldName), template).default({});
const eventTemplates = z.strictObject({
  subject: template.optional(),
  body: template.optional(),
  fields: z
    .record(z.string().regex(fieldName), template)
    .optional()
    .meta({ description: "More fields of this activity; they win over those of `fields`." }),
});
const variables =
  "Variables: the fields of the event's data, `text`, `subject`, and of the lead `firstName`, `lastName`, `company`, `title`, `email`, `phone`, `linkedinUrl`, `profile` and its custom fields.";

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
    .partialRecord(z.enum(crmEventTypes), eventTemplates)
    .default({})
    .meta({ description: `Liquid templates by event type, in place of the defaults. ${variables}` }),
  fields: fieldTemplates.meta({
    description: `More fields of each activity, by their names in the CRM (HubSpot properties, fields of a Salesforce Task), as Liquid templates. One that comes out empty is left out. ${variables}`,
  }),
  personFields: fieldTemplates.meta({
    description:
      "More fields of people whom Herald creates, by their names in the CRM, as Liquid templates with the lead's variables.",
  }),
  callsPerSecond: z.number().min(0.1).max(1_000).optional().meta({
    description:
      "Calls a second to the account at most, over all of Herald's processes. Default: HubSpot 9 (its smallest plan allows 100 in 10 seconds), Salesforce 25, Close 10.",
  }),
};
type FieldTemplates = Readonly<Record<string, string>>;
export interface Templates
  extends Partial<
    Record<
      CrmEventType,
      { subject?: string | undefined; body?: string | undefined; fields?: FieldTemplates | undefined }
    >
  > {}
/** How events become activities. */
export interface Mapping {
  templates: Templates;
  /** Undefined: the CRM's activities have none. */
  fields?: FieldTemplates;
  personFields: FieldTemplates;
}

const notice = (text: string) => ({ subject: text.split(/[.:{]/)[0]!.trim(), body: text });
const message = { subject: '{{ subject | default: "(no subject)" }}', body: '{{ text | default: "(no text)" }}' };
/** Documented in docs/crm.md. */
export const defaultTemplates: Record<CrmEventType, { subject: string; body: string }> = {
  "message.sent": message,
  "message.received": message,
  "message.auto_replied": message,
  "reply.received": message,
  "connection_request.sent": notice("LinkedIn invitation sent.{% if note %} With it: {{ note }}{% endif %}"),
  "connection_request.accepted": notice("LinkedIn invitation accepted."),
  "lead.updated": notice("Status changed: {{ previousStatus }} to {{ newStatus }}.{% if note %} {{ note }}{% endif %}"),
  "lead.opted_out": notice("Opted out of {{ channel }} ({{ address }}): {{ reason }}"),
  "lead.opted_in": notice("Opted in to {{ channel }} again ({{ address }}): {{ reason }}"),
  "lead.do_not_contact": notice("Do not contact, on any channel: {{ reason }}"),
};

/** What is wrong with a mapping; null: nothing. `own`: fields that no template may say, in any case: Salesforce's are the same in each. */
export function mappingProblem(
  { templates, fields, personFields }: Mapping,
  own: readonly string[],
): { field: string; reason: string } | null {
  const found: [string, string | undefined, string | null][] = [];
  const addFields = (place: string, of: FieldTemplates = {}, refused: readonly string[] = own) => {
    for (const [name, source] of Object.entries(of))
      found.push([
        `${place}.${name}`,
        source,
        refused.find((field) => field.toLowerCase() === name.toLowerCase()) ?? null,
      ]);
  };
  addFields("config.fields", fields);
  addFields("config.personFields", personFields, []);
  for (const [type, { subject, body, fields: more } = {}] of Object.entries(templates) as [
    string,
    Templates[CrmEventType],
  ][]) {
    found.push([`config.templates.${type}.subject`, subject, null], [`config.templates.${type}.body`, body, null]);
    addFields(`config.templates.${type}.fields`, more);
  }
  for (const [field, source, refused] of found) {
    if (refused !== null) return { field, reason: `Herald fills ${refused} itself. Leave it out.` };
    if (source === undefined) continue;
    try {
      compileTemplate(source);
    } catch (error) {
      if (!(error instanceof HeraldError)) throw error;
      return { field, reason: error.message };
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
  mapping: Mapping,
): Mapped {
  const type = event.eventType as CrmEventType;
  const defaults = defaultTemplates[type];
  if (defaults === undefined)
    return skipped("not_mapped", `Events of the type ${event.eventType} aren't logged in a CRM.`);
  if (type === "lead.opted_out" && data.isDoNotContact === true)
    return skipped("said_already", "It is part of a lead.do_not_contact, which is logged by itself.");
  const own = mapping.templates[type];
  const content = (data.content ?? {}) as Record<string, unknown>;
  const said = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
  const values = { ...about, ...said, text: content.text, subject: content.subject };
  const problems: { code: string; detail: string }[] = [];
  const write = (part: string, source: string): string => {
    const result: RenderedTemplate = renderTemplate(compileTemplate(source), values);
    if (result.ok) return result.text;
    const detail = `The template of the ${part} for ${type} can't be written: ${result.reason} Change config.templates or config.fields, then retry the delivery.`;
    problems.push({ code: result.code, detail });
    return "";
  };
  const subject = write("subject", own?.subject ?? defaults.subject);
  const body = write("body", own?.body ?? defaults.body);
  const fields: Record<string, string> = {};
  for (const [name, source] of Object.entries({ ...mapping.fields, ...own?.fields })) {
    const text = write(`field ${name}`, source).trim();
    if (text !== "") fields[name] = text;
  }
  if (problems[0]) return { ok: false, outcome: "failed", ...problems[0] };
  const message = messages.includes(type);
  const at = happenedAt(data, event.timestamp);
  const marker = `[Herald ${event.eventId}, ${at.slice(0, 16).replace("T", " ")} UTC]`;
  const activity: Activity = {
    ...{ eventId: event.eventId, kind: message ? (data.channel as Activity["kind"]) : "note", fields },
    ...{ incoming: message && type !== "message.sent", subject: subject.replace(/\s+/g, " ").trim() },
    ...{ body: `${cut(body, mostOfBody)}\n\n${marker}`, marker: event.eventId, at, toldAt: event.timestamp },
    ...{ phone: (data.phone as string | null) ?? null, email: (data.email as string | null) ?? null },
  };
  return { ok: true, activity };
}

/** In which field events say when it happened that they tell. */
const times = ["sentAt", "receivedAt", "acceptedAt", "changedAt", "optedOutAt", "optedInAt", "doNotContactAt"];

/** When it happened: what the event says, which is before it was told. ISO 8601 UTC. */
function happenedAt(data: Record<string, unknown>, toldAt: string): string {
  const said = times.map((name) => data[name]).find((value) => typeof value === "string");
  const at = said === undefined ? Number.NaN : Date.parse(said as string);
  return at <= Date.parse(toldAt) ? new Date(at).toISOString() : toldAt;
}

/** More fields of somebody who is created. What has no value is left out: it is better to have the person. */
export function personFieldsOf(about: Record<string, unknown>, personFields: FieldTemplates): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, source] of Object.entries(personFields)) {
    const result = renderTemplate(compileTemplate(source), about);
    if (result.ok && result.text.trim() !== "") fields[name] = result.text.trim();
  }
  return fields;
}

/** Below the shortest of the CRMs' limits (Salesforce: 32,000), so that the marker is never cut off. */
const mostOfBody = 30_000;

export const cut = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 2).toWellFormed()} …`;

const skipped = (code: string, detail: string): Mapped => ({ ok: false, outcome: "skipped", code, detail });
