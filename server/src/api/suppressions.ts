import { hash } from "node:crypto";
import { z } from "zod";
import { lift, suppress } from "../campaigns/consent.ts";
import { listConsentChanges } from "../db/consent.ts";
import type { Queryable } from "../db/pool.ts";
import { leadsWithAddress } from "../db/stopping.ts";
import { listSuppressions } from "../db/suppression.ts";
import { normaliseAddress } from "../domain/address.ts";
import { HeraldError } from "../domain/error.ts";
import { channels, consentSources, suppressionKinds } from "../domain/event.ts";
import { encodePlace, idCursor, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint, type Subject } from "./endpoint.ts";
import { limit, name, page, pageOf, time } from "./fields.ts";
import { invalid } from "./validate.ts";

const channel = z.enum([...channels, "all"]);
type Channel = z.output<typeof channel>;

const source = z.enum(consentSources).meta({
  description:
    "Who asked for it: the lead, a program (api), a person of yours (user), the provider, another system (external), or Herald.",
});
const evidence = z.record(z.string(), z.string()).meta({
  description: "By what it can be shown: `messageId`, `text`, `providerMessageId`, whatever the source has.",
});

const suppressionSchema = z.object({
  channel: channel.meta({
    description:
      "`all`: on every channel that uses this address; of kind `provider` or `do_not_contact`, on every channel of whoever has it.",
  }),
  address: z
    .string()
    .nullable()
    .meta({ description: "Null once the person was erased: the refusal stays, the address doesn't." }),
  kind: z.enum(suppressionKinds).meta({
    description:
      "keyword: STOP by SMS, which START takes back. unsubscribe: the link or button of an email. complaint: a feedback report. bounce, invalid: the address doesn't work. provider: the provider or another system says so. manual: by the API. do_not_contact: the whole person, see `POST /v1/leads/{id}/do-not-contact`.",
  }),
  reason: z.string(),
  source,
  note: z.string().nullable(),
  by: z.string().nullable().meta({ description: "The API key's ID, or who else." }),
  evidence: evidence.nullable(),
  createdAt: time,
});

const example = {
  channel: "sms",
  address: "+12025550143",
  kind: "manual",
  reason: "Asked by phone not to be written to",
  source: "user",
  note: "Ticket 4711",
  by: "Ada",
  evidence: null,
  createdAt: "2026-01-05T09:30:00.000Z",
};

export const addressInput = z.string().min(1).max(2_000).meta({
  description: "Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling.",
});

/** The canonical spelling, in which leads' addresses are compared with it. */
function canonical(of: Channel | null, text: string): string {
  const result = normaliseAddress(of === "all" ? null : of, text);
  if (result.ok) return result.value;
  throw invalid([{ field: "address", reason: result.reason }]);
}

/** Of one that is there: a channel may be refused by another address than one of its own. */
function lifted(of: Channel, text: string): string {
  const result = normaliseAddress(of === "all" ? null : of, text);
  return result.ok ? result.value : canonical(null, text);
}

/** Behind which suppression the next page begins. */
const place = z
  .tuple([
    z.int().min(0).max(8_640_000_000_000_000),
    z.string().regex(/^[0-9a-f]{64}$/),
    channel,
    z.enum(suppressionKinds),
  ])
  .transform(([micros, hash, of, kind]) => ({ micros, hash, channel: of, kind }));

/** What forbids writing to an address. It is found by the lead and by the address's hash: what stays for ever can't have it in clear. */
async function subjectOf(tx: Queryable, workspaceId: string, address: string): Promise<Subject> {
  const view = await listSuppressions(tx, workspaceId, { address, limit: 100 });
  const [leadId = null] = await leadsWithAddress(tx, workspaceId, address);
  return {
    ...{ target: hash("sha256", address, "hex"), leadId },
    view: view.length === 0 ? null : suppressionSchema.array().parse(view),
  };
}

export const suppressionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/suppressions",
    right: "suppressions.read",
    tags: ["Suppressions"],
    summary: "List suppressions",
    description: "Addresses that Herald doesn't write to; newest first.",
    query: z.strictObject({ address: addressInput.optional(), cursor: placeCursor(place).optional(), limit: limit() }),
    responses: { 200: page(suppressionSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const rows = await listSuppressions(tx, workspaceId, {
        address: query.address === undefined ? undefined : canonical(null, query.address),
        before: query.cursor,
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageOf(rows, query.limit, (last) => encodePlace([last.micros, last.hash, last.channel, last.kind])),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/suppressions",
    right: "suppressions.write",
    tags: ["Suppressions"],
    summary: "Suppress an address",
    description:
      "From now on nothing is sent to it, by campaign, API or otherwise; what waits is blocked when its turn comes, and leads with this address leave their sequences. It names the address, not the lead: deleting a lead and importing it again doesn't lift it.",
    body: z.strictObject({
      channel: channel.default("all"),
      address: addressInput,
      reason: name(500).default("Added by the API"),
      kind: z
        .enum(["manual", "complaint", "bounce", "invalid", "provider"])
        .default("manual")
        .meta({ description: "Bounces and invalid addresses don't count for linked channels." }),
      note: z.string().trim().min(1).max(2_000).optional().meta({ description: "For the record." }),
      by: name(200).optional().meta({
        description: "The person of yours who enters it. Default: the API key, and `source` is then `api`.",
      }),
      evidence: z.record(z.string().max(100), z.string().max(2_000)).optional(),
    }),
    responses: {
      201: z.object({
        channel,
        address: z.string(),
        added: z.boolean().meta({ description: "False: it was suppressed already." }),
      }),
    },
    example: {
      body: { channel: "sms", address: "+1 202 555 0143", reason: "Asked by phone not to be written to", by: "Ada" },
      response: { channel: "sms", address: "+12025550143", added: true },
    },
    subject: ({ tx, workspaceId, body }) => subjectOf(tx, workspaceId, canonical(body.channel, body.address)),
    async execute({ api, tx, workspaceId, callerId, body, afterCommit }) {
      const address = canonical(body.channel, body.address);
      const { by, ...asked } = body;
      const optOut = { ...asked, address, source: by === undefined ? ("api" as const) : ("user" as const) };
      const { changed, leadIds, lanes } = await suppress(tx, workspaceId, { ...optOut, by: by ?? callerId });
      afterCommit(() => api.wake("delivery", lanes));
      if (leadIds.length > 0) afterCommit(() => api.wakePlanner());
      return { status: 201, body: { channel: body.channel, address, added: changed } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/suppressions",
    right: "suppressions.lift",
    tags: ["Suppressions"],
    summary: "Lift a suppression",
    description:
      "Only where the person agreed to hear from you again: `reason` says how, and goes on record with the key that was used. Sequences that ended stay ended. One of the kind `do_not_contact` is lifted for all addresses of the person.",
    query: z.strictObject({
      channel,
      address: addressInput,
      kind: z.enum(suppressionKinds).optional().meta({ description: "Only this kind. Default: all that there are." }),
      reason: name(500),
      by: name(200).optional().meta({ description: "The person of yours who does it." }),
    }),
    responses: { 204: z.void() },
    subject: ({ tx, workspaceId, query }) => subjectOf(tx, workspaceId, lifted(query.channel, query.address)),
    async execute({ api, tx, workspaceId, callerId, query, afterCommit }) {
      const address = lifted(query.channel, query.address);
      const { channel, kind, reason, by } = query;
      const what = { channel, address, ...(kind && { kinds: [kind] }) };
      const basis = { reason, source: by === undefined ? ("api" as const) : ("user" as const), by: by ?? callerId };
      const { changed, lanes } = await lift(tx, workspaceId, what, basis);
      if (!changed)
        throw new HeraldError("not_found", `There is no suppression of ${address} on the channel ${channel}.`);
      afterCommit(() => api.wake("delivery", lanes));
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/consent-changes",
    right: "suppressions.read",
    tags: ["Suppressions"],
    summary: "List changes of consent",
    description:
      "Every opt-out and everything that lifted one: who, when, why, and by what it can be shown. Newest first, and kept for ever.",
    query: z.strictObject({
      address: addressInput.optional(),
      leadId: z.string().max(100).optional(),
      cursor: idCursor("consent").optional(),
      limit: limit(),
    }),
    responses: {
      200: page(
        z.object({
          id: z.string(),
          at: time,
          change: z.enum(["opted_out", "opted_in"]),
          channel,
          address: z.string().nullable(),
          leadId: z.string().nullable(),
          kind: z.enum(suppressionKinds),
          reason: z.string(),
          source,
          by: z.string().nullable(),
          note: z.string().nullable(),
          evidence: evidence.nullable(),
        }),
      ),
    },
    async execute({ tx, workspaceId, query }) {
      const { address, leadId, cursor: before, limit: size } = query;
      const of = address === undefined ? undefined : canonical(null, address);
      const rows = await listConsentChanges(tx, workspaceId, { address: of, leadId, before, limit: size + 1 });
      return { status: 200, body: pageOf(rows, size, (last) => last.id) };
    },
  }),
];
