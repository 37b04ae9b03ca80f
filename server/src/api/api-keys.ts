import { z } from "zod";
import { type ApiKey, createApiKey, findKeyById, listApiKeys, revokeApiKey } from "../db/api-key.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type Scope, scopes } from "../domain/rights.ts";
import type { KeyRing } from "./auth.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";

const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: "The key's first characters, to tell keys apart." }),
  scopes: z.array(z.enum(scopes)),
  createdAt: time,
  lastUsedAt: time.nullable().meta({ description: "To the minute." }),
  revokedAt: time.nullable(),
});

const example = {
  id: "key_01k9d3v0x5e0rb1v6m2z8q4w7n",
  name: "CRM sync",
  prefix: "hk_live_Vq3x",
  scopes: ["read", "send"],
  createdAt: "2026-01-05T09:30:00.000Z",
  lastUsedAt: null,
  revokedAt: null,
};

// The database's check constraint keeps scopes to these.
const shown = (key: ApiKey) => key as ApiKey & { scopes: Scope[] };

/** `keys` learns of revocations at once. */
export const apiKeyEndpoints = (keys: KeyRing): readonly Endpoint[] => [
  endpoint({
    method: "GET",
    path: "/v1/api-keys",
    right: "keys.read",
    tags: ["API keys"],
    summary: "List API keys",
    description: "Newest first, revoked ones included.",
    query: z.strictObject({ cursor: idCursor("apiKey").optional(), limit: limit() }),
    responses: { 200: page(apiKeySchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const rows = await listApiKeys(tx, workspaceId, query.cursor ?? null, query.limit + 1);
      return { status: 200, body: pageOf(rows.map(shown), query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/api-keys",
    right: "keys.write",
    tags: ["API keys"],
    summary: "Create an API key",
    description: "The answer holds the whole key, once: Herald keeps only its hash.",
    body: z.strictObject({
      name: name(),
      scopes: z.array(z.enum(scopes)).min(1).max(scopes.length).default(["read", "send"]).meta({
        description:
          "`admin` includes all others, `send` includes `write` (prepare and change, but send nothing), `read` is on its own. docs/people.md has the rights of each.",
      }),
    }),
    responses: { 201: apiKeySchema.extend({ key: z.string().meta({ description: "Shown this once." }) }) },
    example: {
      body: { name: "CRM sync", scopes: ["read", "send"] },
      response: { ...example, key: "hk_live_Vq3x0000000000000000000000000000000000000000000" },
    },
    async execute({ tx, workspaceId, body }) {
      const { key, secret } = await createApiKey(tx, workspaceId, body);
      return { status: 201, body: { ...shown(key), key: secret } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/api-keys/{id}",
    right: "keys.write",
    tags: ["API keys"],
    summary: "Revoke an API key",
    description:
      "For ever. The key stops working at once, on other Herald processes within five seconds. The workspace's last key with the scope `admin` can't be revoked while there is nobody in it who could make another one.",
    params: idParams,
    responses: { 200: apiKeySchema },
    example: { response: { ...example, revokedAt: "2026-02-01T08:00:00.000Z" } },
    async subject({ tx, workspaceId, params }) {
      const key = await findKeyById(tx, workspaceId, params.id);
      return { view: key && apiKeySchema.parse(key) };
    },
    async execute({ tx, workspaceId, params, afterCommit }) {
      const key = await revokeApiKey(tx, workspaceId, params.id);
      if (key === null) throw notFound("API key", params.id);
      if (key === "last") {
        throw new HeraldError(
          "conflict",
          "This is the workspace's last key with the scope admin. Create another one first.",
        );
      }
      afterCommit(() => keys.forget(key.id));
      return { status: 200, body: shown(key) };
    },
  }),
];
