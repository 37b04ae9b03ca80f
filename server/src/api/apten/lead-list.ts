import { z } from "zod";
import { listAptenLeads, listDeletedLeads } from "../../db/apten.ts";
import { findLeadByAddress } from "../../db/lead.ts";
import { HeraldError } from "../../domain/error.ts";
import { idTime } from "../../domain/id.ts";
import { normalisePhone } from "../../domain/phone.ts";
import { encodePlace, placeCursor } from "../cursor.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { limit } from "../fields.ts";
import { invalid } from "../validate.ts";
import { aptenTime, placeId, unlessEmpty } from "./inputs.ts";
import {
  aptenLeadAnswer,
  aptenLeadSchema,
  aptenParams,
  deletedLeadAnswer,
  oneAptenLead,
  tagConditions,
  tags,
} from "./lead-answer.ts";

/** By which of the two times a list goes, so that its token can't be used in the other one; the microsecond, and the ID. */
const place = z
  .tuple([z.enum(["u", "c"]), z.int().min(0).max(8_640_000_000_000_000), placeId])
  .transform(([by, micros, id]) => ({ by, micros, id }));

export const nextToken = z.string().nullable().meta({ description: "For the next page. Null: the end." });

const list = endpoint({
  method: "GET",
  path: "/apten/v1/leads",
  right: "leads.read",
  tags,
  summary: "List leads as Apten does",
  description:
    "Those that changed since a moment or were made since one, the longest ago first. Erased ones are among them as `deleted`: by when they were erased, or, without `updatedSince`, by when they were made. Ask again with the largest `updatedAt` of the answer; a change that was being written at that moment may carry an earlier time, so that an overlap of a minute is wise. A page may have fewer leads than its limit, or none, and more behind it: `nextToken` alone says whether it is the last.",
  query: z
    .strictObject({
      updatedSince: unlessEmpty(aptenTime.optional()),
      createdSince: unlessEmpty(aptenTime.optional()),
      limit: unlessEmpty(limit(1_000, 100)),
      nextToken: unlessEmpty(placeCursor(place).optional()),
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
    const conditions = await tagConditions(tx, workspaceId);
    const { leads: rows, resume } = await listAptenLeads(tx, workspaceId, { ...since, after, limit: size + 1 });
    const found = rows.map((lead) => ({
      ...{ micros: by === "u" ? lead.changedMicros : lead.madeMicros, id: lead.id },
      lead: aptenLeadAnswer(lead, conditions),
    }));
    const gone = await listDeletedLeads(tx, workspaceId, { ...since, after, limit: size + 1 });
    for (const lead of gone) {
      const micros = by === "u" ? lead.deletedMicros : idTime(lead.id) * 1_000;
      if (resume && (micros > resume.micros || (micros === resume.micros && lead.id > resume.id))) continue;
      found.push({ micros, id: lead.id, lead: deletedLeadAnswer(lead) });
    }
    found.sort((a, b) => a.micros - b.micros || (a.id < b.id ? -1 : 1));
    const shown = found.slice(0, size);
    const last = found.length > size ? shown.at(-1) : resume;
    return {
      status: 200,
      body: {
        leads: shown.map(({ lead }) => lead),
        nextToken: last ? encodePlace([by, last.micros, last.id]) : null,
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
