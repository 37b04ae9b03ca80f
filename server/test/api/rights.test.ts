import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Trail } from "../../src/api/audit-record.ts";
import { Callers, KeyRing } from "../../src/api/auth.ts";
import type { Endpoint } from "../../src/api/endpoint.ts";
import { toHeraldError } from "../../src/api/errors.ts";
import { importEndpoint } from "../../src/api/lead-import.ts";
import { register } from "../../src/api/register.ts";
import { allEndpoints } from "../../src/api/routes.ts";
import { csrfHeader } from "../../src/api/visit.ts";
import { HeraldError } from "../../src/domain/error.ts";
import {
  type Right,
  rights,
  rightsOfRole,
  rightsOfScopes,
  rightTable,
  roles,
  rolesWith,
  scopes,
} from "../../src/domain/rights.ts";
import { type Browser, invited, owner } from "./browser.ts";
import { type Api, setup } from "./setup.ts";

const unused = new KeyRing({ query: () => Promise.reject(new Error("unused")) });
const endpoints = [...allEndpoints(unused), importEndpoint];
const labelOf = ({ method, path }: Endpoint) => `${method} ${path}`;

let api: Api;
let app: FastifyInstance;
const people = new Map<string, Browser>();
/** Herald's routes, with what they do taken out: whoever is let in reads 404. */
beforeAll(async () => {
  api = await setup();
  const ada = await owner(api);
  people.set("owner", ada);
  for (const role of ["admin", "member", "viewer"]) people.set(role, await invited(api, ada, role));
  app = Fastify();
  app.decorateRequest("caller", null);
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode, message } = toHeraldError(error, 0);
    return reply.code(statusCode).send({ message });
  });
  const callers = new Callers(api.db);
  for (const { method, path, right, summary, tags, responses } of endpoints) {
    const execute = () => Promise.reject(new HeraldError("not_found", "let in"));
    const hollow = {
      method,
      path,
      right,
      summary,
      tags,
      responses,
      execute,
      audit: false,
      transaction: false,
    } as const;
    register(app, api.context, callers, hollow, new Trail(api.db, []));
  }
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await api.close();
});

async function reach({ method, path }: Endpoint, headers: Record<string, string>): Promise<number> {
  const url = path.replaceAll(/\{\w+\}/g, "x");
  const { statusCode, body } = await app.inject({ method, url, headers });
  if (statusCode === 404) expect(JSON.parse(body).message).toBe("let in");
  return statusCode;
}

/** What a session's calls carry. */
const headersOf = ({ cookie, csrfToken }: Browser) => ({
  cookie: `herald_session=${cookie}`,
  [csrfHeader]: csrfToken!,
});

test("each endpoint names a right of the table, and each right of the table is needed somewhere", () => {
  for (const endpoint of endpoints) expect([...rights, "session", "none"], labelOf(endpoint)).toContain(endpoint.right);
  const used = new Set(endpoints.map(({ right }) => right));
  // Asked for by endpoints that need it for some bodies only.
  used.add("owners.write");
  expect([...used].filter((right) => right !== "none" && right !== "session").sort()).toEqual([...rights].sort());
});

test.each(roles)("%s gets into exactly those routes whose right the role has", async (role) => {
  const headers = headersOf(people.get(role)!);
  for (const endpoint of endpoints) {
    const { right } = endpoint;
    const may = right === "none" || right === "session" || rolesWith(right).includes(role);
    expect(await reach(endpoint, headers), labelOf(endpoint)).toBe(may ? 404 : 403);
  }
});

test.each(scopes)("a key with the scope %s gets into exactly those routes whose right the scope has", async (scope) => {
  const headers = { "x-api-key": await api.secretOf(scope) };
  for (const endpoint of endpoints) {
    const { right } = endpoint;
    const may = right === "none" || (right !== "session" && rightsOfScopes([scope]).has(right));
    expect(await reach(endpoint, headers), labelOf(endpoint)).toBe(may ? 404 : 403);
  }
});

test("without a key or session nobody gets in but where nobody needs to be known", async () => {
  const open: string[] = [];
  for (const endpoint of endpoints) {
    const status = await reach(endpoint, {});
    if (status === 404) open.push(labelOf(endpoint));
    else expect(status, labelOf(endpoint)).toBe(401);
  }
  expect(open.sort()).toEqual(
    [
      ...["GET /healthz", "GET /readyz", "GET /v1/session", "POST /v1/session", "POST /v1/setup"],
      // Answers whoever isn't signed in with nothing.
      ...["GET /v1/session/reads", "GET /v1/session/oidc", "GET /v1/session/oidc/callback"],
      ...["POST /v1/invitations/lookup", "POST /v1/invitations/accept"],
    ].sort(),
  );
});

test("a viewer changes nothing but their own session and membership", () => {
  const changing = endpoints.filter(
    ({ method, right, audit }) =>
      method !== "GET" && audit !== false && (right === "session" || rightsOfRole("viewer").has(right as Right)),
  );
  expect(changing.map(labelOf).sort()).toEqual([
    "DELETE /v1/session",
    "DELETE /v1/sessions",
    "DELETE /v1/sessions/{id}",
    "POST /v1/workspaces/{id}/leave",
  ]);
});

test("roles are a ladder; what an admin can't do is what would make them an owner", () => {
  for (const [n, role] of roles.slice(1).entries())
    expect(rightsOfRole(roles[n]!).isSubsetOf(rightsOfRole(role)), role).toBe(true);
  expect([...rightsOfRole("owner").difference(rightsOfRole("admin"))]).toEqual(["owners.write"]);
});

test("a key never has more than an admin, and one that only writes can't let anything go out", () => {
  expect(rightsOfScopes(["admin"]).isSubsetOf(rightsOfRole("admin"))).toBe(true);
  expect(rightsOfScopes(["read", "write"]).isSubsetOf(rightsOfScopes(["read", "send"]))).toBe(true);
  for (const right of ["messages.send", "campaigns.start", "events.replay"] as const)
    expect(rightsOfScopes(["read", "write"]).has(right)).toBe(false);
  // What it has sent, by its ID, and nothing else that is read.
  const reads = rights.filter((right) => right.endsWith(".read") || right === "messages.follow");
  expect(reads.filter((right) => rightsOfScopes(["send"]).has(right))).toEqual(["messages.follow"]);
  expect(rights.filter((right) => rightTable[right].scope === null)).toEqual(["workspaces.create", "owners.write"]);
});

test("with the scope write leads come in, and into no campaign", async () => {
  const key = await api.secretOf("write");
  const lead = { email: "jane@example.com" };
  expect((await api.call("POST", "/v1/leads", { key, body: { leads: [lead] } })).status).toBe(200);
  const campaignId = "camp_01k9x2m4vye8qsa5h1b7d3n6fj";
  const enrolling = await api.call("POST", "/v1/leads", { key, body: { campaignId, leads: [lead] } });
  expect(enrolling.body).toMatchObject({ code: "forbidden", message: expect.stringContaining("campaigns.start") });
  const imported = await api.call("POST", `/v1/leads/import?campaignId=${campaignId}`, {
    ...{ key, body: "email\na@example.com\n", headers: { "content-type": "text/csv" } },
  });
  expect(imported.status).toBe(403);
  const paused = await api.call("PATCH", `/v1/campaigns/${campaignId}`, { key, body: { action: "pause" } });
  expect(paused.status).toBe(403);
});

test("views of a list are the workspace's or one's own: nobody sees another one's, whoever works may change what is shared", async () => {
  const [ada, bob, eve] = [people.get("owner")!, people.get("member")!, people.get("viewer")!];
  const save = (who: Browser, body: object) => who.call("POST", "/v1/views", body);
  const named = async (who: Browser) =>
    (await who.call("GET", "/v1/views")).body.data.map((view: { name: string }) => view.name);
  const own = await save(ada, { name: "Mine", query: "?sort=company&status=DONE&search=&tag=%20vip" });
  expect(own).toMatchObject({ status: 201, body: { query: "status=DONE&tag=vip&sort=company", shared: false } });
  const team = await save(ada, { name: "Team", query: "", shared: true });
  expect(await save(bob, { name: "mine", query: "" })).toMatchObject({ status: 201 });
  expect([await named(ada), await named(bob), await named(eve)]).toEqual([
    ["Mine", "Team"],
    ["mine", "Team"],
    ["Team"],
  ]);
  for (const query of ["page=2", "status=GONE", "status=DONE&status=DONE", "__proto__=1", "sort=phone", "descending=1"])
    expect((await save(bob, { name: "Bad", query })).body).toMatchObject({ details: [{ field: "query" }] });
  expect((await save(bob, { name: "TEAM", query: "", shared: true })).status).toBe(409);
  expect((await save(eve, { name: "Hers", query: "" })).status).toBe(403);
  const path = `/v1/views/${own.body.id}`;
  for (const [method, body] of [["GET"], ["DELETE"], ["PATCH", { name: "Taken" }]] as const)
    expect((await bob.call(method, path, body)).status).toBe(404);
  expect((await bob.call("PATCH", `/v1/views/${team.body.id}`, { name: "All", query: "tag=x" })).body).toMatchObject({
    ...{ name: "All", query: "tag=x", shared: true, createdBy: team.body.createdBy },
  });
  expect((await ada.call("PATCH", path, { name: "All", shared: true })).status).toBe(409);
  expect((await ada.call("PATCH", path, { shared: true })).body).toMatchObject({ shared: true });
  expect((await bob.call("DELETE", path)).status).toBe(204);
  expect(await named(ada)).toEqual(["All"]);
});
