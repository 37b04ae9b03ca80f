import { z } from "zod";
import { listAptenLeads } from "../../db/apten.ts";
import { findLeadByAddress } from "../../db/lead.ts";
import { HeraldError } from "../../domain/error.ts";
import { normalisePhone } from "../../domain/phone.ts";
import { encodePlace, placeCursor } from "../cursor.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { limit, timeInput } from "../fields.ts";
import { invalid } from "../validate.ts";
import { aptenLeadAnswer, aptenLeadSchema, aptenParams, oneAptenLead, tagConditions, tags } from "./lead-answer.ts";

/** By which of the two times a list goes, so that its token can't be used in the other one; the time, and the ID. */
const place = z
  .tuple([z.enum(["u", "c"]), z.int().min(0).max(8_640_000_000_000_000), z.string().max(200)])
  .transform(([by, ms, id]) => ({ by, at: new Date(ms), id }));

export const nextToken = z.string().nullable().meta({ description: "For the next page. Null: the end." });

const list = endpoint({
  method: "GET",
  path: "/apten/v1/leads",
  right: "leads.read",
  tags,
  summary: "List leads as Apten does",
  description:
    "Those that changed since a moment or were made since one, the longest ago first. Deleted ones are among them. Ask again with the largest `updatedAt` of the answer; a change that was being written at that moment may carry an earlier time, so that an overlap of a minute is wise.",
  query: z
    .strictObject({
      updatedSince: timeInput.optional(),
      createdSince: timeInput.optional(),
      limit: limit(1_000, 100),
      nextToken: placeCursor(place).optional(),
    })
    .refine((query) => query.updatedSince !== undefined || query.createdSince !== undefined, {
      path: ["updatedSince"],
      message: "Give updatedSince or createdSince.",
    }),
  responses: { 200: z.object({ leads: z.array(aptenLeadSchema), nextToken }) },
  async execute({ tx, workspaceId, query: { nextToken: after, limit: size, ...since } }) {
    const by = since.updatedSince === undefined ? "c" : "u";
    if (after && after.by !== by) {
      throw invalid([{ field: "nextToken", reason: "Give it with the same parameters as before." }]);
    }
    const rows = await listAptenLeads(tx, workspaceId, { ...since, after, limit: size + 1 });
    const conditions = await tagConditions(tx, workspaceId);
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const more = rows.length > size && last !== undefined;
    const at = last && (by === "u" ? last.changedAt : last.madeAt);
    return {
      status: 200,
      body: {
        leads: shown.map((lead) => aptenLeadAnswer(lead, conditions)),
        nextToken: more ? encodePlace([by, at!.getTime(), last.id]) : null,
      },
    };
  },
});

const get = endpoint({
  method: "GET",
  path: "/apten/v1/leads/{id}",
  right: "leads.read",
  tags,
  summary: "Get a lead as Apten does",
  params: aptenParams,
  responses: { 200: aptenLeadSchema },
  async execute({ tx, workspaceId, params }) {
    return { status: 200, body: await oneAptenLead(tx, workspaceId, params.id) };
  },
});

const lookup = endpoint({
  method: "GET",
  path: "/apten/v1/leads/lookup",
  right: "leads.read",
  tags,
  summary: "Look a lead up by phone as Apten does",
  query: z.strictObject({
    phone: z.string().min(1).max(100).meta({
      description:
        "With its country code, in any usual spelling. A `+` that wasn't encoded, and so arrived as a space, is put back.",
    }),
  }),
  responses: { 200: aptenLeadSchema },
  async execute({ tx, workspaceId, query }) {
    const phone = readPhone(query.phone.replace(/^ (?=\d)/, "+"));
    const lead = await findLeadByAddress(tx, workspaceId, "sms", phone);
    if (lead === null)
      throw new HeraldError("not_found", `There is no lead with the phone number ${phone} in this workspace.`);
    return { status: 200, body: await oneAptenLead(tx, workspaceId, lead.id) };
  },
});

/** E.164; as Apten does, only with a country code. */
export function readPhone(text: string): string {
  const phone = normalisePhone(text);
  if (phone.ok) return phone.value;
  throw invalid([{ field: "phone", reason: phone.reason }]);
}

export const aptenLeadListEndpoints: readonly Endpoint[] = [list, lookup, get];
