import { z } from "zod";
import { stopByAddress } from "../db/stopping.ts";
import { addSuppression, listSuppressions, removeSuppression } from "../db/suppression.ts";
import { normaliseEmail } from "../domain/email-address.ts";
import { HeraldError } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { normaliseLinkedinUrl } from "../domain/linkedin-url.ts";
import { type Normalised, normalisePhone } from "../domain/phone.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, name, page, pageOf, time } from "./fields.ts";
import { invalid } from "./validate.ts";

const channel = z.enum([...channels, "all"]);
type Channel = z.output<typeof channel>;

const suppressionSchema = z.object({
  channel: channel.meta({ description: "`all`: on every channel that uses this address." }),
  address: z
    .string()
    .nullable()
    .meta({ description: "Null once the person was erased: the refusal stays, the address doesn't." }),
  reason: z.string(),
  source: z.string().meta({ description: "Who asked for it: api, provider, lead, system." }),
  createdAt: time,
});

const example = {
  channel: "sms",
  address: "+12025550143",
  reason: "Asked by phone not to be written to",
  source: "api",
  createdAt: "2026-01-05T09:30:00.000Z",
};

const addressInput = z.string().min(1).max(2_000).meta({
  description: "Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling.",
});

const normalise: { readonly [C in Exclude<Channel, "all">]: (text: string) => Normalised } = {
  linkedin: normaliseLinkedinUrl,
  sms: (text) => normalisePhone(text),
  email: normaliseEmail,
};

/** The canonical spelling, in which leads' addresses are compared with it. */
function canonical(of: Channel | null, text: string): string {
  const kind = of === null || of === "all" ? kindOf(text) : of;
  const result = normalise[kind](text);
  if (result.ok) return result.value;
  throw invalid([{ field: "address", reason: result.reason }]);
}

function kindOf(text: string): Exclude<Channel, "all"> {
  if (/linkedin\.com/i.test(text)) return "linkedin";
  return text.includes("@") ? "email" : "sms";
}

/** Behind which suppression the next page begins: its time in milliseconds, and its key. */
const place = z
  .tuple([z.int().min(0).max(8_640_000_000_000_000), z.string().regex(/^[0-9a-f]{64}[a-z]+$/)])
  .transform(([ms, key]) => ({ createdAt: new Date(ms), key }));

export const suppressionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/suppressions",
    scope: "read",
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
        body: pageOf(rows, query.limit, (last) => encodePlace([last.createdAt.getTime(), last.key])),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/suppressions",
    scope: "send",
    tags: ["Suppressions"],
    summary: "Suppress an address",
    description:
      "From now on nothing is sent to it, by campaign, API or otherwise; what waits is blocked when its turn comes, and leads with this address leave their sequences. It names the address, not the lead: deleting a lead and importing it again doesn't lift it.",
    body: z.strictObject({
      channel: channel.default("all"),
      address: addressInput,
      reason: name(500).default("Added by the API"),
    }),
    responses: {
      201: z.object({
        channel,
        address: z.string(),
        added: z.boolean().meta({ description: "False: it was suppressed already." }),
      }),
    },
    example: {
      body: { channel: "sms", address: "+1 202 555 0143", reason: "Asked by phone not to be written to" },
      response: { channel: "sms", address: "+12025550143", added: true },
    },
    async execute({ api, tx, workspaceId, body, afterCommit }) {
      const address = canonical(body.channel, body.address);
      const { channel, reason } = body;
      const added = await addSuppression(tx, workspaceId, { channel, address, reason, source: "api" });
      const stopped = await stopByAddress(tx, workspaceId, { channel, address, reason });
      if (stopped.length > 0) afterCommit(() => api.wakePlanner());
      return { status: 201, body: { channel, address, added } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/suppressions",
    scope: "admin",
    tags: ["Suppressions"],
    summary: "Lift a suppression",
    description: "Only where the person agreed to hear from you again.",
    query: z.strictObject({ channel, address: addressInput }),
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, query }) {
      const address = canonical(query.channel, query.address);
      if (await removeSuppression(tx, workspaceId, { channel: query.channel, address }))
        return { status: 204, body: undefined };
      throw new HeraldError("not_found", `There is no suppression of ${address} on the channel ${query.channel}.`);
    },
  }),
];
