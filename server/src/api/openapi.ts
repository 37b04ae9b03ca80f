import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { errorCatalogue } from "../domain/error.ts";
import { rightTable, rolesWith, type Scope, scopesWith } from "../domain/rights.ts";
import type { Endpoint } from "./endpoint.ts";
import { describeWebhooks } from "./openapi-webhooks.ts";
import { sessionCookie } from "./visit.ts";

/**
 * The OpenAPI 3.1 description, made from the same schemas that check requests and answers, and the reference page.
 * The page is Scalar's, served from here: nothing in it is loaded from elsewhere, and its policy forbids it to try.
 */

const introduction = `
Herald sends outreach over LinkedIn, SMS and email, and reports each message as a signed webhook.

**Keys.** Send \`X-API-Key: hk_live_...\` or \`Authorization: Bearer hk_live_...\`. A key has scopes: \`read\` (look at things),
\`write\` (make and change leads and campaigns), \`send\` (the same, and start campaigns and send messages) and \`admin\` (all of
it, and keys, senders, destinations). A revoked key stops working at once, on other processes within five seconds.

**People** sign in by \`POST /v1/session\` and call with the cookie that it sets. What changes something then needs the header
\`x-herald-csrf\` with the \`csrfToken\` of \`GET /v1/session\`. The header \`herald-workspace: ws_...\` says in which of their workspaces a
call is meant; without it, it is the session's.

**Rights.** Each call says which right it needs; people have rights by their role, keys by their scopes.

**Errors** have one shape: \`{statusCode, code, error, message, details?}\`. \`code\` is stable; \`details\` names each wrong field.

**Idempotency.** Send an \`Idempotency-Key\` (1 to 255 printable ASCII characters) with a POST: the same request under the
same key, within 48 hours, does nothing again and gets the first answer, with \`Idempotent-Replayed: true\`. The same key with another body (another
order of keys and other white space are no other body) or path is refused with \`idempotency_conflict\`. A failed request stores nothing: repeat it under the same key.

**Lists** give \`{data, nextCursor}\`; pass \`nextCursor\` as \`cursor\` until it is null.`.trim();

const errorSchema = {
  type: "object",
  required: ["statusCode", "code", "error", "message"],
  properties: {
    statusCode: { type: "integer", description: "The HTTP status." },
    code: { type: "string", enum: Object.keys(errorCatalogue), description: "Stable; made for programs." },
    error: { type: "string", description: "The status's name." },
    message: { type: "string", description: "What is wrong and what to do, for people." },
    details: {
      type: "array",
      description: "Each wrong field.",
      items: {
        type: "object",
        required: ["field", "reason"],
        properties: { field: { type: "string" }, reason: { type: "string" } },
      },
    },
  },
  examples: [
    {
      statusCode: 400,
      code: "invalid_request",
      error: "Bad Request",
      message: "leads.3.phone: This is not a phone number.",
      details: [{ field: "leads.3.phone", reason: "This is not a phone number." }],
    },
  ],
} as const;

const idempotencyHeader = {
  type: "object",
  properties: {
    "Idempotency-Key": {
      type: "string",
      minLength: 1,
      maxLength: 255,
      description: "The same key with the same request does the work once.",
      examples: ["5f0c6a3e-order-1042"],
    },
  },
};

/** What Fastify keeps with the route, for `describeApi`. */
export function documentationOf(endpoint: Endpoint): FastifySchema & { endpoint: Endpoint } {
  return {
    endpoint,
    ...(endpoint.params ? { params: endpoint.params } : {}),
    ...(endpoint.query ? { querystring: endpoint.query } : {}),
    ...(endpoint.body ? { body: endpoint.body } : {}),
    response: endpoint.responses,
  } as FastifySchema & { endpoint: Endpoint };
}

/** A name for generated clients: `Get a sender` is `getSender`. */
export function operationIdOf(endpoint: Endpoint): string {
  const words = endpoint.summary.replaceAll(/[^A-Za-z0-9 ]/g, "").split(" ");
  return words
    .filter((word) => !/^(a|an|the|of|its)$/i.test(word))
    .map((word, n) => (n === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1)))
    .join("");
}

/** Call it before routes are registered, and register these in a plugin of their own after it. */
export function describeApi(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Herald", version, description: introduction, license: { name: "MIT", identifier: "MIT" } },
      servers: [{ url: "/" }],
      components: {
        securitySchemes: {
          apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
          bearer: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: sessionCookie },
        },
        schemas: { Error: errorSchema as never },
      },
    },
    // Schemas that have a name, and so can refer to themselves.
    transformObject: ((document: Parameters<typeof jsonSchemaTransformObject>[0]) => ({
      ...jsonSchemaTransformObject(document),
      // Made when the document is first asked for: it is nothing that a start should wait for.
      webhooks: describeWebhooks(),
    })) as never,
    transform: ((document: Parameters<typeof jsonSchemaTransform>[0]) => {
      const endpoint = (document.schema as { endpoint?: Endpoint } | undefined)?.endpoint;
      if (!endpoint) return { schema: { ...document.schema, hide: true }, url: document.url };
      const { schema } = jsonSchemaTransform({ ...document, schema: withoutEndpoint(document.schema) } as never);
      return { schema: describe(endpoint, schema as Described), url: document.url };
    }) as never,
  });
}

interface Described {
  body?: Record<string, unknown>;
  response?: Record<string, Record<string, unknown>>;
}

function withoutEndpoint(schema: unknown): unknown {
  const { endpoint: _endpoint, ...rest } = schema as { endpoint: Endpoint };
  return rest;
}

/** Answers may get more fields with time: a client that was generated from this must not refuse them. */
function openEnded(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(openEnded);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(([key, value]) => key !== "additionalProperties" || value !== false);
  return Object.fromEntries(entries.map(([key, value]) => [key, openEnded(value)]));
}

function describe(endpoint: Endpoint, schema: Described) {
  const { right, example } = endpoint;
  const response: Record<string, unknown> = {};
  for (const [n, [status, declared]] of Object.entries(endpoint.responses).entries()) {
    const json = declared instanceof z.ZodVoid ? { type: "null" } : (openEnded(schema.response?.[status]) as object);
    // As it is sent: what copies it on its way into the document would make an empty object of a date.
    const examples =
      n === 0 && example?.response !== undefined ? { examples: [JSON.parse(JSON.stringify(example.response))] } : {};
    const answer = { ...json, ...examples };
    const description = declared.description ?? "Done.";
    const csv = { "text/csv": { schema: { type: "string", description: "With `format=csv`." } } };
    response[status] = endpoint.streams
      ? // Without `; charset=...`: who looks for application/json would not find it.
        { description, content: { [endpoint.streams.split(";")[0]!]: { schema: answer } } }
      : endpoint.csv
        ? { description, content: { "application/json": { schema: answer }, ...csv } }
        : { description, ...answer };
  }
  const error = (description: string) => ({ description, $ref: "#/components/schemas/Error" });
  response["4XX"] = error("Refused: `code` and `message` say why.");
  response["5XX"] = error("Herald or its database had a problem. 503 has Retry-After.");
  const idempotent = endpoint.method === "POST" && (endpoint.transaction !== false || endpoint.idempotency === "desk");
  return {
    ...schema,
    ...(schema.body && example?.body !== undefined ? { body: { ...schema.body, examples: [example.body] } } : {}),
    // The one body that is no JSON is a file of leads.
    ...(schema.body?.format === "binary" ? { consumes: ["text/csv"] } : {}),
    ...(idempotent ? { headers: idempotencyHeader } : {}),
    response,
    operationId: operationIdOf(endpoint),
    tags: endpoint.tags,
    summary: endpoint.summary,
    description: [endpoint.description, neededFor(right)].filter(Boolean).join("\n\n"),
    // OpenAPI 3.1: for schemes other than OAuth the list names the roles that are needed.
    security: securityOf(right),
    "x-required-right": right,
    "x-required-scope": scopeFor(right),
  };
}

/** The least scope of a key that may call; `none`: it needs no key, null: no key may. */
function scopeFor(right: Endpoint["right"]): Scope | "none" | null {
  return right === "none" ? right : right === "session" ? null : rightTable[right].scope;
}

function securityOf(right: Endpoint["right"]): Record<string, string[]>[] {
  if (right === "none") return [];
  const scope = scopeFor(right) as Scope | null;
  const session = { session: right === "session" ? [] : [right] };
  return scope === null ? [session] : [{ apiKey: [scope] }, { bearer: [scope] }, session];
}

function neededFor(right: Endpoint["right"]): string {
  if (right === "none") return "Needs no key and no session.";
  if (right === "session") return "For people who have signed in, whatever their role.";
  const people = `people with the role ${listOf(rolesWith(right))}`;
  const keys = scopesWith(right);
  return `Needs the right \`${right}\`: ${keys.length === 0 ? people : `${people}, and keys with the scope ${listOf(keys)}`}.`;
}

const lists = new Intl.ListFormat("en", { type: "disjunction" });
const listOf = (names: readonly string[]) => lists.format(names.map((name) => `\`${name}\``));
