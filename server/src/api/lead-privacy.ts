import { Readable } from "node:stream";
import { z } from "zod";
import { recordActs } from "../db/audit.ts";
import { type Erasure, getErasure, leadsWithAddresses, listErasures } from "../db/erasure.ts";
import { getLead, type Lead } from "../db/lead.ts";
import { exportedLists } from "../db/person-export.ts";
import { normaliseAddress } from "../domain/address.ts";
import { notFound } from "../domain/error.ts";
import { type BegunErasure, eraseAddresses, eraseLead } from "../privacy/erase.ts";
import { exportAddress, exportLead } from "../privacy/export.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { addressInput } from "./suppressions.ts";
import { invalid } from "./validate.ts";

const erasureSchema = z.object({
  id: z.string(),
  leadId: z.string().nullable().meta({ description: "Null: of an address that no lead had." }),
  state: z.enum(["running", "finished"]).meta({
    description:
      "running: nothing is sent any more and nobody finds the person, and the rest is being erased: within seconds, and once more after a minute and a half what came late.",
  }),
  addressHashes: z
    .array(z.string())
    .meta({ description: "SHA-256 in hex of each address: by these it stays suppressed." }),
  requestedAt: time,
  requestedBy: z.string().nullable().meta({ description: "The API key, or who else." }),
  reason: z.string().nullable(),
  counts: z.record(z.string(), z.number()).meta({ description: "Of what how many were erased so far." }),
  finishedAt: time.nullable(),
});

const shown = ({ addressHashes, finishedAt, ...erasure }: Erasure) => ({
  ...erasure,
  addressHashes: addressHashes.map((hash) => hash.toString("hex")),
  state: finishedAt === null ? ("running" as const) : ("finished" as const),
  finishedAt,
});

const example = {
  id: "erasure_01k9d3v0x5e0rb1v6m2z8q4w7n",
  leadId: "lead_01k9d3v0x5e0rb1v6m2z8q4w7n",
  state: "running",
  addressHashes: ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
  requestedAt: "2026-01-05T09:30:00.000Z",
  requestedBy: "key_01k9d3v0x5e0rb1v6m2z8q4w7n",
  reason: "Asked by mail on 4 January",
  counts: { sequencesStopped: 1, messagesCancelled: 1 },
  finishedAt: null,
};

const reason = name(500).optional().meta({
  description: "For the record, which is kept: say nothing here about the person.",
});

function canonical(field: string, text: string): string {
  const result = normaliseAddress(null, text);
  if (!result.ok) throw invalid([{ field, reason: result.reason }]);
  return result.value;
}

/** @throws HeraldError where what is to confirm it names somebody else: a slip can't be taken back. */
function requireConfirmed(confirm: string, lead: Lead): void {
  const given = normaliseAddress(null, confirm);
  const own = [lead.email, lead.phone, lead.linkedinUrl];
  if (confirm === lead.id || (given.ok && own.includes(given.value))) return;
  throw invalid([{ field: "confirm", reason: "Give the lead's ID, or one of its addresses: what is erased is gone." }]);
}

const row = z.record(z.string(), z.unknown());

/** What `pieces` of `privacy/export.ts` writes. */
const exportSchema = z.object({
  exportedAt: time,
  addresses: z.array(z.string()).meta({ description: "The person's, those of former times as well." }),
  lead: row.nullable().meta({ description: "Null: no lead has the address." }),
  ...Object.fromEntries(
    [...exportedLists.map((list) => list.name), "acts", "events", "deliveries", "received"].map((list) => [
      list,
      z.array(row),
    ]),
  ),
});

const asFile = (pieces: AsyncGenerator<string>, file: string) => ({
  status: 200 as const,
  body: Readable.from(pieces) as unknown as z.output<typeof exportSchema>,
  headers: { "content-disposition": `attachment; filename="${file}.json"` },
});

/** Puts on record that it was given out, before the first piece is; of HEAD no piece is. */
async function* onRecord(
  { api, workspaceId, onRecord: { actor } }: EndpointContext,
  leadId: string | null,
  pieces: AsyncGenerator<string>,
): AsyncGenerator<string> {
  await recordActs(api.db, [{ workspaceId, actor, action: "lead.exported", target: leadId, leadId, content: {} }]);
  yield* pieces;
}

const exportOne = endpoint({
  method: "GET",
  path: "/v1/leads/{id}/export",
  right: "leads.export",
  tags: ["Privacy"],
  summary: "Export all about a lead",
  description:
    "Everything that is kept about the person, as one JSON object that is sent as it is read: `lead`, `conversations`, `messages`, `enrollments`, `passages`, `tasks`, `consentChanges`, `suppressions`, `crmRecords`, `crmImports` (what lists of a CRM said), `acts` (what was done to it, from the audit trail), `events`, `deliveries` (to which destination which event went, and when), `received` (what providers and other systems sent, as it came). What is no lead's but mentions an address of the person is in it. It is an act of the audit trail.",
  params: idParams,
  streams: "application/json; charset=utf-8",
  responses: { 200: exportSchema },
  async execute(context) {
    const { api, workspaceId, params } = context;
    const pieces = await exportLead(api.db, workspaceId, params.id);
    if (!pieces) throw notFound("lead", params.id);
    return asFile(onRecord(context, params.id, pieces), params.id);
  },
});

const eraseOne = endpoint({
  method: "POST",
  path: "/v1/leads/{id}/erase",
  right: "leads.erase",
  tags: ["Privacy"],
  summary: "Erase a lead",
  description:
    "For a person who wants to be forgotten. From the answer on nothing is sent to them and nobody finds them: the lead is deleted, its sequences end, what waits to be sent is cancelled. What else there is about them is erased after that, in messages, conversations, events, deliveries, the audit trail, what came in; `GET /v1/erasures/{id}` says how far it is. Deliveries about the lead that wait are dropped; destinations get `lead.erased`. Their addresses stay suppressed, by a hash. It can't be taken back. Where a message is just being sent to the lead, the answer waits for that, 40 seconds at most.",
  params: idParams,
  body: z.strictObject({
    confirm: z.string().trim().min(1).max(2_000).meta({ description: "The lead's ID, or one of its addresses." }),
    reason,
  }),
  audit: false,
  responses: { 202: erasureSchema },
  example: { body: { confirm: "ada@example.com", reason: "Asked by mail on 4 January" }, response: example },
  async execute(context) {
    const { api, tx, workspaceId, params, body, afterCommit } = context;
    const lead = await getLead(tx, workspaceId, params.id);
    if (!lead) throw notFound("lead", params.id);
    requireConfirmed(body.confirm, lead);
    const request = { actor: context.onRecord.actor, reason: body.reason ?? null };
    const begun = await eraseLead(tx, workspaceId, params.id, request);
    if (!begun) throw notFound("lead", params.id);
    afterCommit(() => wakeAfter(api, [begun]));
    return { status: 202, body: shown(begun.erasure) };
  },
});

function wakeAfter(api: EndpointContext["api"], begun: readonly BegunErasure[]): void {
  api.wake(
    "delivery",
    begun.flatMap(({ lanes }) => lanes),
  );
  api.wakePlanner();
  api.wakeEraser();
}

const eraseByAddress = endpoint({
  method: "POST",
  path: "/v1/erasures",
  right: "leads.erase",
  tags: ["Privacy"],
  summary: "Erase a person by address",
  description:
    "As `POST /v1/leads/{id}/erase`, for somebody who may be no lead: of the leads that have one of the addresses, and of what else mentions them. The addresses are suppressed in any case.",
  body: z.strictObject({
    addresses: z.array(addressInput).min(1).max(10).meta({ description: "Of one person." }),
    confirm: addressInput.meta({ description: "One of the addresses, once more." }),
    reason,
  }),
  audit: false,
  responses: { 202: z.object({ data: z.array(erasureSchema) }) },
  example: {
    body: { addresses: ["ada@example.com"], confirm: "ada@example.com" },
    response: { data: [{ ...example, leadId: null }] },
  },
  async execute(context) {
    const { api, tx, workspaceId, body, afterCommit } = context;
    const addresses = [...new Set(body.addresses.map((text, n) => canonical(`addresses.${n}`, text)))];
    if (!addresses.includes(canonical("confirm", body.confirm)))
      throw invalid([{ field: "confirm", reason: "Give one of the addresses: what is erased is gone." }]);
    const request = { actor: context.onRecord.actor, reason: body.reason ?? null };
    const begun = await eraseAddresses(tx, workspaceId, addresses, request);
    afterCommit(() => wakeAfter(api, begun));
    return { status: 202, body: { data: begun.map(({ erasure }) => shown(erasure)) } };
  },
});

const exportByAddress = endpoint({
  method: "GET",
  path: "/v1/person-export",
  right: "leads.export",
  tags: ["Privacy"],
  summary: "Export all about an address",
  description:
    "As `GET /v1/leads/{id}/export`, for somebody who is no lead: what is kept under the address, and what mentions it. If a lead has the address, it is the lead's export.",
  query: z.strictObject({ address: addressInput }),
  streams: "application/json; charset=utf-8",
  responses: { 200: exportSchema },
  async execute(context) {
    const { api, workspaceId, query } = context;
    const address = canonical("address", query.address);
    const [leadId = null] = await leadsWithAddresses(api.db, workspaceId, [address]);
    const pieces = leadId === null ? null : await exportLead(api.db, workspaceId, leadId);
    const all = pieces ?? exportAddress(api.db, workspaceId, address);
    return asFile(onRecord(context, leadId, all), leadId ?? "person");
  },
});

const list = endpoint({
  method: "GET",
  path: "/v1/erasures",
  right: "leads.erase",
  tags: ["Privacy"],
  summary: "List erasures",
  description: "Newest first: who was erased (by an ID that leads nowhere any more), when, and how far it is.",
  query: z.strictObject({
    leadId: z.string().max(200).optional().meta({ description: "Of the lead that had this ID." }),
    cursor: idCursor("erasure").optional(),
    limit: limit(),
  }),
  responses: { 200: page(erasureSchema) },
  example: { response: { data: [example], nextCursor: null } },
  async execute({ tx, workspaceId, query }) {
    const rows = await listErasures(tx, workspaceId, {
      ...{ leadId: query.leadId, before: query.cursor },
      limit: query.limit + 1,
    });
    return { status: 200, body: pageOf(rows.map(shown), query.limit, (last) => last.id) };
  },
});

const get = endpoint({
  method: "GET",
  path: "/v1/erasures/{id}",
  right: "leads.erase",
  tags: ["Privacy"],
  summary: "Get an erasure",
  params: idParams,
  responses: { 200: erasureSchema },
  example: { response: example },
  async execute({ tx, workspaceId, params }) {
    const erasure = await getErasure(tx, workspaceId, params.id);
    if (!erasure) throw notFound("erasure", params.id);
    return { status: 200, body: shown(erasure) };
  },
});

export const leadPrivacyEndpoints: readonly Endpoint[] = [
  ...[exportOne, eraseOne, eraseByAddress, exportByAddress, list, get],
];
