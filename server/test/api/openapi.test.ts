import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { KeyRing } from "../../src/api/auth.ts";
import { allEndpoints } from "../../src/api/routes.ts";
import { errorCatalogue } from "../../src/domain/error.ts";
import { type EventType, eventTypes } from "../../src/domain/event.ts";
import { envelopeSchema } from "../../src/domain/event-schemas.ts";
import { formatNames } from "../../src/domain/format.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { rightTable } from "../../src/domain/rights.ts";
import { type Api, setup } from "./setup.ts";

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { in: string; name: string; required?: boolean; schema: Record<string, unknown> }[];
  requestBody?: {
    content: Record<
      string,
      { schema: Record<string, unknown>; example?: unknown; examples?: Record<string, { value: unknown }> }
    >;
  };
  responses: Record<
    string,
    { description: string; content?: Record<string, { schema: Record<string, unknown>; example?: unknown }> }
  >;
  "x-required-scope": string | null;
  "x-required-right": string;
}

let api: Api;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, { enum?: string[] }> }> };
};
beforeAll(async () => {
  api = await setup({ docs: true });
  document = (await api.call("GET", "/openapi.json", { key: null })).body;
});
afterAll(() => api.close());

const endpoints = allEndpoints(new KeyRing({ query: () => Promise.reject(new Error("unused")) }));

test("every endpoint is described: its right, its parameters, its answers and the error shape", () => {
  expect(document.openapi).toBe("3.1.0");
  for (const { method, path, right, summary, responses } of endpoints) {
    const operation = document.paths[path]?.[method.toLowerCase()];
    const label = `${method} ${path}`;
    const scope = right === "none" || right === "session" ? null : rightTable[right].scope;
    const keys = scope === null ? [] : [{ apiKey: [scope] }, { bearer: [scope] }];
    const session = right === "none" ? [] : [{ session: right === "session" ? [] : [right] }];
    expect(operation, label).toMatchObject({ summary, "x-required-right": right });
    expect(operation!["x-required-scope"], label).toBe(right === "none" ? "none" : scope);
    expect(operation!.security, label).toEqual([...keys, ...session]);
    const needed =
      right === "none" ? "Needs no key" : right === "session" ? "people who have signed in" : `\`${right}\``;
    expect(operation!.description, label).toContain(needed);
    for (const status of Object.keys(responses)) expect(operation!.responses[status]?.description, label).toMatch(/\S/);
    expect(operation!.responses["4XX"]!.content!["application/json"]!.schema, label).toEqual({
      $ref: "#/components/schemas/Error",
    });
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(
      (operation!.parameters ?? []).filter((p) => p.in === "path").map((p) => p.name),
      label,
    ).toEqual(inPath);
  }
});

test("each event is a webhook with its schema, which its example follows, and an example in each format that can say it", () => {
  expect(Object.keys(document.webhooks)).toEqual(eventTypes);
  const operationIds = new Set<string>();
  for (const [type, { post }] of Object.entries(document.webhooks)) {
    const { schema, examples } = post!.requestBody!.content["application/json"]!;
    const formats = formatNames.filter((name) => formatOf(name).eventTypes.includes(type as EventType));
    expect(Object.keys(examples!), type).toEqual(formats);
    const { data } = (schema as { properties: { data: { required: string[]; properties: object } } }).properties;
    expect(Object.keys(data.properties).sort(), type).toEqual([...data.required].sort());
    const sample = envelopeSchema(type as EventType).parse(examples!.herald!.value);
    expect(Object.keys(sample.data as object).sort(), type).toEqual([...data.required].sort());
    operationIds.add(post!.operationId);
  }
  expect(operationIds.size).toBe(eventTypes.length);
});

test("nothing is described that doesn't exist", () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // The import is registered apart, with a body that is streamed.
  const real = [...endpoints.map(({ method, path }) => `${method} ${path}`), "POST /v1/leads/import"];
  expect(described.sort()).toEqual(real.sort());
});

test("the error codes in the description are those of the catalogue", () => {
  expect(document.components.schemas.Error!.properties.code!.enum).toEqual(Object.keys(errorCatalogue));
});

test("no schema in the description is empty, and every reference leads somewhere", () => {
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (content)
          expect(Object.keys(Object.values(content)[0]!.schema).length, `${method} ${path} ${status}`).toBeGreaterThan(
            0,
          );
        else expect(["204", "302"]).toContain(status);
      }
    }
  }
});

test("files and streams are described as what they are", () => {
  const { post } = document.paths["/v1/leads/import"]!;
  expect(Object.keys(post!.requestBody!.content)).toEqual(["text/csv"]);
  const types = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content = {} }) => Object.keys(content)),
    ),
  );
  expect([...new Set(types)].filter((type) => type.includes(";"))).toEqual([]);
});

test("a POST that can be repeated safely says so", () => {
  const headers = (path: string) =>
    (document.paths[path]!.post!.parameters ?? []).filter((p) => p.in === "header").map((p) => p.name);
  expect(headers("/v1/senders")).toEqual(["Idempotency-Key"]);
  expect(headers("/v1/senders/{id}/verify")).toEqual([]);
});

test("examples of requests are requests that the API takes", async () => {
  const tried = [];
  for (const { method, path, body, example } of endpoints) {
    if (method === "GET" || example?.body === undefined) continue;
    expect(body!.safeParse(example.body).error, `${method} ${path}`).toBeUndefined();
    expect(document.paths[path]![method.toLowerCase()]!.requestBody!.content["application/json"]!.example).toEqual(
      example.body,
    );
    tried.push(path);
  }
  expect(tried.length).toBeGreaterThan(5);
});

test("examples of answers are what their schemas in the description say", () => {
  // zod reads patterns without the flag that most of them need, and knows references by another name.
  const readable = (schema: object) =>
    JSON.parse(
      JSON.stringify(schema, (key, value) => (key === "pattern" && typeof value === "string" ? undefined : value)),
      (key, value) =>
        key === "$ref" && typeof value === "string" ? value.replace("#/components/schemas/", "#/$defs/") : value,
    );
  const $defs = readable(document.components.schemas);
  let seen = 0;
  for (const { method, path, example } of endpoints) {
    if (example?.response === undefined) continue;
    const answers = Object.values(document.paths[path]![method.toLowerCase()]!.responses);
    for (const { content } of answers) {
      const answer = content?.["application/json"];
      if (answer?.example === undefined) continue;
      const checked = z.fromJSONSchema({ ...readable(answer.schema), $defs }).safeParse(answer.example);
      expect(checked.error?.issues, `${method} ${path}`).toBeUndefined();
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(50);
});

test("the reference page loads nothing from elsewhere, and its policy forbids it to try", async () => {
  const page = await api.call("GET", "/docs/", { key: null });
  expect(page.status).toBe(200);
  expect(String(page.body).match(/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//g)).toBe(null);
  expect(page.body).toContain('src="js/scalar.js"');
  expect(page.body).toContain('"withDefaultFonts": false');
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
  expect((await api.call("GET", "/docs/js/scalar.js", { key: null })).headers["content-type"]).toMatch(/javascript/);
});

test("what is asked of a thing that isn't there is 404, and never an empty list", async () => {
  const below = endpoints.filter(
    ({ method, path, right }) => method === "GET" && /\{/.test(path) && right !== "session",
  );
  expect(below.length).toBeGreaterThan(30);
  for (const { path } of below) {
    const url = path.replace("{n}", "0").replaceAll(/\{\w+\}/g, "evt_1767605400000_k3v9x0q2a");
    expect((await api.call("GET", url + (needed[path] ?? ""))).status, path).toBe(404);
  }
});

/** What some of them ask for besides. */
const needed: Readonly<Record<string, string>> = {
  "/v1/snippets/{id}/text": "?leadId=lead_1",
  "/v1/profiles/{id}/knowledge/search": "?q=roofs",
  "/v1/campaigns/{id}/preview": "?leadId=lead_01k9d3v0x5e0rb1v6m2z8q4w7n",
  "/apten/v1/leads/{id}/events": "?since=2026-01-05T09:30:00Z",
};
