import { z } from "zod";
import { getLead } from "../db/lead.ts";
import { listLeadMessages } from "../db/message.ts";
import { crmsOfLead, type TimelinePlace, timelineEvents, timelineNotes } from "../db/timeline.ts";
import { crmPersonLink } from "../domain/crm-link.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { eventAnswer, eventSchema } from "./events.ts";
import { idParams, limit, time } from "./fields.ts";
import { messageSchema } from "./messages.ts";

const crmSchema = z.object({
  destinationId: z.string(),
  name: z.string().meta({ description: "The destination's." }),
  kind: z.string().meta({ description: "hubspot, salesforce or close." }),
  personId: z.string().nullable().meta({ description: "As whom it knows the lead. Null: not found there yet." }),
  link: z.string().nullable().meta({ description: "Where it shows the person; null where that isn't known." }),
});

const entrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message"), at: time, message: messageSchema }),
  z.object({ kind: z.literal("event"), at: time, event: eventSchema }),
  z.object({
    kind: z.literal("crm"),
    at: time.meta({ description: "When the fact happened that it was told." }),
    writtenAt: time,
    eventId: z.string(),
    eventType: z.string(),
    crm: crmSchema,
    outcome: z.enum(["succeeded", "failed"]),
    detail: z.string().nullable(),
    recordId: z.string().nullable().meta({ description: "The CRM's ID of what was logged." }),
  }),
  z.object({
    kind: z.literal("note"),
    at: time,
    conversationId: z.string(),
    channel: z.enum(channels),
    text: z.string(),
  }),
]);

type Entry = z.input<typeof entrySchema>;

/** What a message's own entry says already. */
const saidByMessage = new Set(["message.sent", "message.received", "reply.received", "connection_request.sent"]);

const place = z.tuple([z.int().min(0).max(8.64e15), z.string().regex(/^[\x21-\x7e]{1,100}$/)]);

const timelineEndpoint = endpoint({
  method: "GET",
  path: "/v1/leads/{id}/timeline",
  right: "leads.read",
  tags: ["Leads"],
  summary: "Get a lead's timeline",
  description:
    "All that happened with a lead, the latest first: messages of all channels, the events of the log that no message says already, what CRMs were told of it (with links to the person there), and the notes of conversations. Events and CRMs reach back as far as the log (`HERALD_RETENTION_DAYS`). A page may hold fewer or a few more entries than `limit`.",
  params: idParams,
  query: z.strictObject({
    show: z.enum(["all", "messages"]).default("all").meta({ description: "messages: nothing else." }),
    cursor: placeCursor(place).optional(),
    limit: limit(),
  }),
  responses: {
    200: z.object({ data: z.array(entrySchema), crms: z.array(crmSchema), nextCursor: z.string().nullable() }),
  },
  async execute({ tx, workspaceId, params, query }) {
    const found = await getLead(tx, workspaceId, params.id);
    if (!found) throw notFound("lead", params.id);
    const lead = { workspaceId, leadId: found.id };
    const before: TimelinePlace | null = query.cursor ? { at: query.cursor[0], id: query.cursor[1] } : null;
    const page = { before, limit: query.limit + 1 };
    const crms = (await crmsOfLead(tx, lead)).map(({ url, ...crm }) => ({
      ...crm,
      link: crmPersonLink(crm.kind, url, crm.personId),
    }));
    const byId = new Map(crms.map((crm) => [crm.destinationId, crm]));
    const all = query.show === "all";
    const messages = await listLeadMessages(tx, workspaceId, lead.leadId, page);
    const events = all ? await timelineEvents(tx, lead, { ...page, crms: [...byId.keys()] }) : [];
    const notes = all ? await timelineNotes(tx, lead, page) : [];
    const units: (TimelinePlace & { entries: Entry[] })[] = [
      ...messages.map(({ at, ...message }) => ({
        ...{ at: at.getTime(), id: message.id },
        entries: [{ kind: "message", at, message } satisfies Entry],
      })),
      ...events.map(({ crm, at, ...event }) => ({
        ...{ at, id: event.id },
        entries: [
          ...crm.flatMap(({ destinationId, at: writtenAt, ...write }): Entry[] => [
            {
              ...{ kind: "crm", at: new Date(at), writtenAt: new Date(writtenAt) },
              ...{ eventId: event.id, eventType: event.type, crm: byId.get(destinationId)!, ...write },
            },
          ]),
          ...(saidByMessage.has(event.type)
            ? []
            : [{ kind: "event", at: new Date(at), event: eventAnswer(workspaceId, event) } satisfies Entry]),
        ],
      })),
      ...notes.map(({ id, at, ...note }) => ({
        ...{ at, id },
        entries: [{ kind: "note", at: new Date(at), conversationId: id, ...note } satisfies Entry],
      })),
    ].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
    const shown = units.slice(0, query.limit);
    const last = units.length > query.limit ? shown.at(-1)! : null;
    const nextCursor = last && encodePlace([last.at, last.id]);
    return { status: 200, body: { data: shown.flatMap(({ entries }) => entries), crms, nextCursor } };
  },
});

export const timelineEndpoints: readonly Endpoint[] = [timelineEndpoint];
