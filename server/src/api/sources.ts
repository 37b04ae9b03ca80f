import { z } from "zod";
import type { Queryable } from "../db/pool.ts";
import { countUnfinished, receivedStatuses } from "../db/received.ts";
import { getSenders } from "../db/sender.ts";
import {
  deleteSource,
  getSource,
  insertSource,
  listSources,
  requestOutcomes,
  type Source,
  sourceCounts,
  sourceKinds,
  updateSource,
} from "../db/source.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { olderSecretsAfter } from "../domain/older-secrets.ts";
import { mostSourceChars } from "../expressions/evaluator.ts";
import { kindsOfSources } from "../sources/kinds.ts";
import { newToken } from "../sources/token.ts";
import type { ApiContext } from "./context.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { invalid, parsePart } from "./validate.ts";

const counted = z.number().int();
const unfinished = receivedStatuses.filter((status) => status !== "processed");

const sourceSchema = z.object({
  id: z.string(),
  kind: z.enum(sourceKinds),
  name: z.string(),
  url: z.string().meta({
    description:
      "The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens.",
  }),
  path: z.string().meta({ description: "The same without scheme and host." }),
  status: z.enum(["active", "disabled"]),
  createLeads: z.boolean(),
  config: z.record(z.string(), z.unknown()),
  mapping: z.string().nullable(),
  previousSecretUntil: time
    .nullable()
    .meta({ description: "Until then the secret before the last rotation is good too." }),
  requests: z
    .object(Object.fromEntries(requestOutcomes.map((outcome) => [outcome, counted])) as Record<string, typeof counted>)
    .meta({
      description:
        "What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB.",
    }),
  lastReceivedAt: time.nullable().meta({ description: "When the last request came in that was kept." }),
  backlog: z
    .object(Object.fromEntries(unfinished.map((status) => [status, counted])) as Record<string, typeof counted>)
    .meta({ description: "Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`)." }),
  createdAt: time,
  updatedAt: time,
});

const example = {
  id: "src_01k9d3v0x5e0rb1v6m2z8q4w7n",
  kind: "twilio" as const,
  name: "Twilio",
  url: "https://herald.example.com/in/3q2tqk0y4oXw5m7bZt9sLr8vNc1aQeUd",
  path: "/in/3q2tqk0y4oXw5m7bZt9sLr8vNc1aQeUd",
  status: "active" as const,
  createLeads: true,
  config: {},
  mapping: null,
  previousSecretUntil: null,
  requests: { accepted: 12, replayed: 1, unsigned: 0, wrong_signature: 0, stale: 0, too_large: 0, disabled: 0 },
  lastReceivedAt: "2026-01-05T09:31:00.000Z",
  backlog: { waiting: 0, unknown: 0, unmatched: 0, failed: 0 },
  createdAt: "2026-01-05T09:30:00.000Z",
  updatedAt: "2026-01-05T09:30:00.000Z",
};

const secretField = z
  .string()
  .nullable()
  .meta({ description: "The secret that Herald made. Shown this once. Null: you gave one." });
const secretInput = z.string().max(1_000).optional();
const mappingInput = z
  .string()
  .min(1)
  .max(mostSourceChars)
  .meta({
    description:
      "`generic` only: a JSONata expression over the body. It gives an object, a list of them, or nothing; docs/sources.md has their fields.",
    examples: [
      'type = "sms.in" ? {"type": "message.received", "channel": "sms", "phone": from, "text": text, "id": id}',
    ],
  });
const createLeadsInput = z.boolean().meta({
  description:
    "Whether a message of somebody who is no lead makes one. Default true. Without it, such messages are kept as `unmatched`. New relations, reports and your own messages never make leads of somebody.",
});
const configInput = z.record(z.string(), z.unknown()).meta({
  description:
    "`unipile`: `headerName`, the header that carries the secret (default `Unipile-Auth`). `sendpilot`: `senders`, by SendPilot's IDs of senders those of Herald's senders that are the same LinkedIn accounts, so that what both tell counts once. Else empty.",
});

/** @throws invalid_request where it isn't what the kind takes, or names LinkedIn senders that aren't there. */
async function checkedConfig(
  tx: Queryable,
  workspaceId: string,
  kind: Source["kind"],
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const config = parsePart(kindsOfSources[kind].config, given, "config") as Record<string, unknown>;
  const named = Object.entries((config.senders ?? {}) as Record<string, string>);
  const found = named.length > 0 ? await getSenders(tx, workspaceId, [...new Set(named.map(([, id]) => id))]) : [];
  const own = new Set(found.filter(({ channel }) => channel === "linkedin").map(({ id }) => id));
  const wrong = named.filter(([, id]) => !own.has(id));
  if (wrong.length === 0) return config;
  throw invalid(
    wrong.map(([name, id]) => ({ field: `config.senders.${name}`, reason: `There is no LinkedIn sender ${id}.` })),
  );
}

const day = 24 * 3_600_000;

async function answers(api: ApiContext, db: Queryable, workspaceId: string, sources: readonly Source[]) {
  const ids = sources.map(({ id }) => id);
  const [counts, backlog] = [await sourceCounts(db, workspaceId, ids), await countUnfinished(db, workspaceId, ids)];
  const base = api.config.publicUrl ?? `http://${api.config.host}:${api.config.port}`;
  return sources.map((source) => {
    const own = counts.filter(({ sourceId }) => sourceId === source.id);
    const open = backlog.filter(({ sourceId }) => sourceId === source.id);
    const until = source.previousSecretUntil;
    return {
      ...source,
      path: `/in/${source.token}`,
      url: `${base}/in/${source.token}`,
      previousSecretUntil: until !== null && until.getTime() > Date.now() ? until : null,
      requests: Object.fromEntries(requestOutcomes.map((o) => [o, own.find(({ outcome }) => outcome === o)?.n ?? 0])),
      lastReceivedAt: own.find(({ outcome }) => outcome === "accepted")?.lastAt ?? null,
      backlog: Object.fromEntries(unfinished.map((s) => [s, open.find(({ status }) => status === s)?.n ?? 0])),
    };
  });
}

async function answer(api: ApiContext, db: Queryable, workspaceId: string, source: Source) {
  return (await answers(api, db, workspaceId, [source]))[0]!;
}

/** The secret to keep, and whether it is a new one of Herald's. */
function checkedSecret(kind: Source["kind"], given: string | undefined): { secret: string; made: boolean } {
  const { newSecret, checkSecret } = kindsOfSources[kind];
  if (given === undefined) {
    if (newSecret) return { secret: newSecret(), made: true };
    const what =
      kind === "twilio" ? "Give the auth token of the Twilio account." : "Give the secret that SendPilot shows.";
    throw invalid([{ field: "secret", reason: what }]);
  }
  const reason = checkSecret(given);
  if (reason) throw invalid([{ field: "secret", reason }]);
  return { secret: given, made: false };
}

async function checkedMapping(
  api: ApiContext,
  kind: Source["kind"],
  mapping: string | undefined,
): Promise<string | null> {
  if (kind !== "generic") {
    if (mapping === undefined) return null;
    throw invalid([
      { field: "mapping", reason: `Only generic sources have a mapping; Herald reads those of ${kind}.` },
    ]);
  }
  if (mapping === undefined) {
    throw invalid([{ field: "mapping", reason: "Give a JSONata expression: what the events of this source mean." }]);
  }
  const problem = await api.expressions.check(mapping);
  if (!problem) return mapping;
  const place = `line ${problem.line}, column ${problem.column}`;
  throw invalid([{ field: "mapping", reason: `This is not a JSONata expression: ${problem.message} (${place}).` }]);
}

const sealed = (api: ApiContext, workspaceId: string, id: string, secret: string) =>
  api.box.seal(secret, `${workspaceId}/${id}`);

/** What can't be done with a mailbox: it is its sender's. */
function refuseMailbox({ kind }: Pick<Source, "kind">, what: string): void {
  if (kind !== "imap") return;
  throw new HeraldError("invalid_state", `${what} It is the mailbox of a sender: see config.imap of that.`);
}

async function mustGet(db: Queryable, workspaceId: string, id: string): Promise<Source> {
  const source = await getSource(db, workspaceId, id);
  if (!source) throw notFound("source", id);
  return source;
}

export const sourceEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/sources",
    right: "sources.read",
    tags: ["Sources"],
    summary: "List sources",
    description: "Newest first.",
    query: z.strictObject({ cursor: idCursor("source").optional(), limit: limit() }),
    responses: { 200: page(sourceSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ api, tx, workspaceId, query }) {
      await api.sourceCounts.flush();
      const rows = await listSources(tx, workspaceId, query.cursor ?? null, query.limit + 1);
      return { status: 200, body: pageOf(await answers(api, tx, workspaceId, rows), query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/sources",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Create a source",
    description:
      "An address at which another system tells Herald what happened: replies, opt-outs and reports by Twilio, messages and relations by Unipile, events of SendPilot and Apten, or of anything that signs by Standard Webhooks (`generic`). What is not signed, wrongly signed or stale is refused; what is valid is on record before it is answered.",
    body: z.strictObject({
      kind: z.enum(sourceKinds).exclude(["imap"]),
      name: name().optional().meta({ description: "Default: the kind." }),
      secret: secretInput.meta({
        description:
          "`twilio`: the account's auth token; `sendpilot`: the secret of its webhook; both must be given. Default for the others: a new one.",
      }),
      createLeads: createLeadsInput.default(true),
      config: configInput.default({}),
      mapping: mappingInput.optional(),
    }),
    responses: { 201: sourceSchema.extend({ secret: secretField }) },
    example: {
      body: { kind: "twilio", secret: "0123456789abcdef0123456789abcdef" },
      response: { ...example, secret: null },
    },
    async execute({ api, tx, workspaceId, body }) {
      const { secret, made } = checkedSecret(body.kind, body.secret);
      const config = await checkedConfig(tx, workspaceId, body.kind, body.config);
      const id = newId("source");
      const source = await insertSource(tx, workspaceId, {
        ...{
          id,
          kind: body.kind,
          name: body.name ?? body.kind,
          token: newToken(),
          createLeads: body.createLeads,
          config,
        },
        mapping: await checkedMapping(api, body.kind, body.mapping),
        secret: sealed(api, workspaceId, id, secret),
      });
      return { status: 201, body: { ...(await answer(api, tx, workspaceId, source)), secret: made ? secret : null } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/sources/{id}",
    right: "sources.read",
    tags: ["Sources"],
    summary: "Get a source",
    params: idParams,
    responses: { 200: sourceSchema },
    example: { response: example },
    async execute({ api, tx, workspaceId, params }) {
      await api.sourceCounts.flush();
      return { status: 200, body: await answer(api, tx, workspaceId, await mustGet(tx, workspaceId, params.id)) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/sources/{id}",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Change a source",
    description:
      "Only what is given changes. A disabled source refuses everything; what it has received is still processed. Another `mapping` counts for what comes in from now on, and for what is processed again.",
    params: idParams,
    body: z.strictObject({
      name: name().optional(),
      status: z.enum(["active", "disabled"]).optional(),
      createLeads: createLeadsInput.optional(),
      config: configInput.optional(),
      mapping: mappingInput.optional(),
    }),
    responses: { 200: sourceSchema },
    example: { body: { status: "disabled" }, response: { ...example, status: "disabled" } },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      afterCommit(() => api.sourceDesk.forget());
      const { kind } = await mustGet(tx, workspaceId, params.id);
      if (body.config) refuseMailbox({ kind }, "The settings of this source can't be changed here.");
      const { name: called, status, createLeads } = body;
      const source = await updateSource(tx, workspaceId, params.id, {
        ...{ name: called, status, createLeads },
        config: body.config && (await checkedConfig(tx, workspaceId, kind, body.config)),
        mapping: body.mapping === undefined ? undefined : (await checkedMapping(api, kind, body.mapping))!,
      });
      if (!source) throw notFound("source", params.id);
      return { status: 200, body: await answer(api, tx, workspaceId, source) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/sources/{id}",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Delete a source",
    description:
      "With what it received; what waits is processed first, so that nothing that was accepted is lost. Messages and leads that came of it stay.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ api, tx, workspaceId, params, afterCommit }) {
      afterCommit(() => api.sourceDesk.forget());
      refuseMailbox(await mustGet(tx, workspaceId, params.id), "This source can't be deleted here.");
      if (!(await deleteSource(tx, workspaceId, params.id))) throw notFound("source", params.id);
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/sources/{id}/rotate-secret",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Rotate a source's secret",
    description: "For 24 hours the old secret is good as well, also if it is rotated again within them.",
    params: idParams,
    body: z
      .strictObject({
        secret: secretInput.meta({
          description: "Default: a new one, where Herald makes it (not `twilio`, `sendpilot`).",
        }),
      })
      .default({}),
    responses: { 200: z.object({ secret: secretField, previousSecretUntil: time }) },
    example: { body: {}, response: { secret: "9f2c...", previousSecretUntil: "2026-01-06T09:30:00.000Z" } },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      afterCommit(() => api.sourceDesk.forget());
      const before = await mustGet(tx, workspaceId, params.id);
      refuseMailbox(before, "This source has no secret.");
      const { secret, made } = checkedSecret(before.kind, body.secret);
      const previousSecretUntil = new Date(Date.now() + day);
      await updateSource(tx, workspaceId, params.id, {
        ...{ secret: sealed(api, workspaceId, params.id, secret), previousSecret: before.secret, previousSecretUntil },
        olderSecrets: olderSecretsAfter(before),
      });
      return { status: 200, body: { secret: made ? secret : null, previousSecretUntil } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/sources/{id}/rotate-url",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Renew a source's address",
    description: "For an address that has become known to others. The old one is good no more, at once.",
    params: idParams,
    responses: { 200: sourceSchema },
    example: { response: example },
    async execute({ api, tx, workspaceId, params, afterCommit }) {
      afterCommit(() => api.sourceDesk.forget());
      refuseMailbox(await mustGet(tx, workspaceId, params.id), "Nothing is sent to this source's address.");
      const source = await updateSource(tx, workspaceId, params.id, { token: newToken() });
      if (!source) throw notFound("source", params.id);
      return { status: 200, body: await answer(api, tx, workspaceId, source) };
    },
  }),
];
