import { z } from "zod";
import { getCampaign } from "../db/campaign.ts";
import { type Destination, getDestination } from "../db/destination.ts";
import {
  deleteListImport,
  getListImport,
  insertListImport,
  type ListCounts,
  type ListImport,
  listListImports,
  noCounts,
  scheduleListImport,
  startListImport,
} from "../db/list-import.ts";
import { notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { customKeyProblem, leadFields } from "../domain/lead.ts";
import { requireRight } from "./caller.ts";
import type { ApiContext } from "./context.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time } from "./fields.ts";
import { phoneCountry } from "./lead-intake.ts";
import { peopleOf } from "./list-reader.ts";
import { invalid, parsePart } from "./validate.ts";

const settings = z.record(z.string(), z.unknown());
const everyMinutes = z.number().int().min(15).max(43_200).nullable().meta({
  description: "Minutes from the end of a run to the next one, 15 to 43,200 (30 days). null: only when asked.",
});

const count = z.number().int();
const countMeanings: { readonly [K in keyof ListCounts]: string } = {
  people: "People of the list that were read.",
  added: "New leads.",
  linked: "People who were leads already, and are followed from now on. They got what they lacked.",
  updated: "Leads that follow a change in the CRM.",
  unchanged: "Nothing was to be changed.",
  kept: "Leads of which something stays as it was changed here, or whose address another lead has.",
  suppressed: "Not taken in: they said no to messages, or were erased.",
  removed: "Not taken in again: their lead was deleted here.",
  rejected: "People without any address that can be used.",
  warnings: "Leads that went in without a value that was wrong.",
  enrolled: "Leads that entered the campaign.",
  left: "People of earlier runs who are not in the list any more. Their leads stay. Known at the end.",
};
const countsSchema = z.object(
  Object.fromEntries(
    Object.entries(countMeanings).map(([name, description]) => [name, count.meta({ description })]),
  ) as Record<keyof ListCounts, z.ZodNumber>,
);

const importSchema = z.object({
  id: z.string(),
  destinationId: z.string(),
  list: settings,
  fields: z.record(z.string(), z.string()),
  campaignId: z.string().nullable(),
  tags: z.array(z.string()),
  defaultCountry: z.string().nullable(),
  everyMinutes: z.number().int().nullable(),
  status: z.enum(["waiting", "running", "done", "failed"]),
  run: z.number().int().meta({ description: "Counts runs, from 1." }),
  counts: countsSchema.meta({ description: "Of this run, so far." }),
  findings: z
    .array(z.object({ crmId: z.string(), field: z.string(), reason: z.string() }))
    .meta({ description: "What was wrong with people of this run: the first 200." }),
  error: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .meta({ description: "Why it failed, or why it waits to try a page again." }),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  nextRunAt: time.nullable().meta({ description: "When it goes on, or runs again. Null: when it is asked to." }),
  createdAt: time,
});

const answer = ({ workspaceId: _, place: _place, tries: _tries, code, problem, dueAt, ...one }: ListImport) => ({
  ...one,
  list: one.list as Record<string, unknown>,
  error: code === null ? null : { code, detail: problem ?? "" },
  nextRunAt: dueAt,
});

const example = {
  id: "imp_01k9d3v0x5e0rb1v6m2z8q4w7n",
  destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n",
  list: { listId: "12" },
  fields: { firstName: "firstname", email: "email", favouriteTopic: "topic" },
  campaignId: null,
  tags: ["from-hubspot"],
  defaultCountry: "US",
  everyMinutes: 60,
  status: "done" as const,
  run: 3,
  counts: { ...noCounts, people: 1_200, added: 4, updated: 31, unchanged: 1_160, kept: 5, left: 2 },
  findings: [{ crmId: "4711", field: "phone", reason: "This phone number has too few digits." }],
  error: null,
  startedAt: "2026-01-05T09:30:00.000Z",
  endedAt: "2026-01-05T09:30:12.000Z",
  nextRunAt: "2026-01-05T10:30:12.000Z",
  createdAt: "2026-01-05T07:00:00.000Z",
};

/** Which list and which fields, as the destination's adapter takes them; throws with what is wrong. */
function checkedList(
  api: ApiContext,
  destination: Destination,
  given: { list: unknown; fields?: Record<string, string | null> | undefined },
): { list: object; fields: Record<string, string> } {
  const people = peopleOf(api.systems, destination.kind);
  if (!people) {
    const reason = `A destination of the kind ${destination.kind} has no lists; hubspot, salesforce and close have.`;
    throw invalid([{ field: "destinationId", reason }]);
  }
  const list = parsePart(people.list, given.list, "list") as object;
  const config = api.systems.get(destination.kind)!.config.parse(destination.config ?? {});
  const fields: Record<string, string | null> = { ...people.fields(config), ...given.fields };
  const standard: readonly string[] = leadFields;
  const refused = ["tags", "custom", "externalLeadId"];
  for (const name of Object.keys(fields)) {
    const custom = standard.includes(name) ? null : customKeyProblem(name);
    const reason = refused.includes(name) ? "This can't be taken from a field of the CRM." : custom;
    if (reason !== null) throw invalid([{ field: `fields.${name}`, reason }]);
  }
  const taken = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== null);
  return { list, fields: Object.fromEntries(taken) };
}

export const listImportEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/imports/crm",
    right: "leads.write",
    tags: ["Leads"],
    summary: "Import a list from a CRM",
    description: [
      "The people of a list become leads, with their ID there as `externalLeadId`; by the access of a destination of the kind `hubspot` (`list: {listId}`), `salesforce` (`{soql}` or `{reportId}`) or `close` (`{smartViewId}`). The answer comes at once; `GET /v1/imports/crm/{id}` shows how far it is. What interrupts it costs nothing: it goes on where it was.",
      "Run again (by `everyMinutes` or `POST /v1/imports/crm/{id}/run`), leads follow the CRM: a field that has changed there changes here, as long as it is as the CRM had it. What somebody changed here stays. What was emptied there stays. Who left the list stays a lead. Tags and campaign are for whoever comes in for the first time.",
      "Nobody is taken in who said no to messages or was erased, and nobody whose lead was deleted here.",
    ].join("\n\n"),
    body: z.strictObject({
      destinationId: z.string().max(200),
      list: settings.meta({
        description:
          'HubSpot: `{"listId": "12"}`. Salesforce: `{"soql": "select Id from Contact where ..."}` or `{"reportId": "00O..."}`. Close: `{"smartViewId": "save_..."}`.',
      }),
      fields: z.record(z.string().max(64), z.string().min(1).max(300).nullable()).optional().meta({
        description:
          "Fields of a lead, or names of custom ones, and the CRM's that they come from; beside the usual ones. `a|b`: the first that isn't empty. null: not taken.",
      }),
      campaignId: z
        .string()
        .max(200)
        .nullish()
        .meta({ description: "Whoever comes in for the first time enters it. Needs the right `campaigns.start`." }),
      tags: z.array(z.string().min(1).max(100)).max(20).optional().meta({ description: "For the new leads." }),
      defaultCountry: phoneCountry.nullish(),
      everyMinutes: everyMinutes.optional(),
    }),
    responses: { 202: importSchema },
    example: {
      body: { destinationId: example.destinationId, list: { listId: "12" }, tags: ["from-hubspot"], everyMinutes: 60 },
      response: { ...example, status: "waiting", run: 1, counts: noCounts, findings: [] },
    },
    async execute({ api, tx, workspaceId, caller, body, afterCommit }) {
      if (body.campaignId) requireRight(caller!, "campaigns.start");
      const destination = await getDestination(tx, workspaceId, body.destinationId);
      if (!destination) throw notFound("destination", body.destinationId);
      const campaignId = body.campaignId ?? null;
      if (campaignId !== null && (await getCampaign(tx, workspaceId, campaignId)) === null)
        throw notFound("campaign", campaignId);
      const { list, fields } = checkedList(api, destination, body);
      const given = { tags: body.tags ?? [], defaultCountry: body.defaultCountry ?? null };
      const one = await insertListImport(
        tx,
        workspaceId,
        {
          ...{ id: newId("leadImport"), destinationId: destination.id, list, fields, campaignId },
          ...{ ...given, everyMinutes: body.everyMinutes ?? null },
        },
        Date.now(),
      );
      afterCommit(() => api.wakeLists());
      return { status: 202, body: answer(one) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/imports/crm",
    right: "leads.read",
    tags: ["Leads"],
    summary: "List imports from CRMs",
    description: "Newest first.",
    query: z.strictObject({
      destinationId: z.string().max(200).optional(),
      cursor: idCursor("leadImport").optional(),
      limit: limit(),
    }),
    responses: { 200: page(importSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query: { cursor: before = null, limit: size, destinationId } }) {
      const rows = await listListImports(tx, workspaceId, { before, destinationId, limit: size + 1 });
      return { status: 200, body: pageOf(rows.map(answer), size, (last) => last.id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/imports/crm/{id}",
    right: "leads.read",
    tags: ["Leads"],
    summary: "Get an import from a CRM",
    params: idParams,
    responses: { 200: importSchema },
    example: { response: example },
    async execute({ tx, workspaceId, params }) {
      const one = await getListImport(tx, workspaceId, params.id);
      if (!one) throw notFound("import", params.id);
      return { status: 200, body: answer(one) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/imports/crm/{id}/run",
    right: "leads.write",
    tags: ["Leads"],
    summary: "Run an import from a CRM again",
    description: "One that failed goes on where it was, or from the beginning with `afresh`. One that runs goes on.",
    params: idParams,
    body: z.strictObject({ afresh: z.boolean().default(false) }).default({ afresh: false }),
    responses: { 202: importSchema },
    example: { body: {}, response: { ...example, status: "waiting" } },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const one = await startListImport(tx, workspaceId, params.id, { afresh: body.afresh, now: Date.now() });
      if (!one) throw notFound("import", params.id);
      afterCommit(() => api.wakeLists());
      return { status: 202, body: answer(one) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/imports/crm/{id}",
    right: "leads.write",
    tags: ["Leads"],
    summary: "Change an import from a CRM",
    params: idParams,
    body: z.strictObject({ everyMinutes }),
    responses: { 200: importSchema },
    example: { body: { everyMinutes: null }, response: { ...example, everyMinutes: null, nextRunAt: null } },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const one = await scheduleListImport(tx, workspaceId, params.id, body.everyMinutes, Date.now());
      if (!one) throw notFound("import", params.id);
      afterCommit(() => api.wakeLists());
      return { status: 200, body: answer(one) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/imports/crm/{id}",
    right: "leads.write",
    tags: ["Leads"],
    summary: "Delete an import from a CRM",
    description: "It stops after the page that it reads. The leads that it brought stay, and follow the CRM no more.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      if (!(await deleteListImport(tx, workspaceId, params.id))) throw notFound("import", params.id);
      return { status: 204, body: undefined };
    },
  }),
];
