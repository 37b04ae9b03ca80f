import { expect, test } from "vitest";
import { salesforceAdapter } from "../../../src/destinations/crm/salesforce-adapter.ts";
import { systemAdapters } from "../../../src/destinations/systems.ts";
import { startHubspot } from "../../../src/loopback/hubspot.ts";
import { box, setup } from "../../api/setup.ts";

test("a CRM is set up and verified through the API, tested without a trace, and refuses what can't work", async () => {
  const token = "pat-1234567890";
  const server = await startHubspot({ token });
  const api = await setup({
    systems: (db) => [
      ...systemAdapters({ db, box, allowPrivate: true, client: null as never, wake: () => {} }).values(),
    ],
  });
  const body = { kind: "hubspot", credentials: { token }, config: { baseUrl: server.url } };
  const created = await api.call("POST", "/v1/destinations", { body });
  expect(created).toMatchObject({ status: 201, body: { kind: "hubspot", url: server.url, hasCredentials: true } });
  const path = `/v1/destinations/${created.body.id}`;
  expect((await api.call("POST", `${path}/verify`)).body).toMatchObject({
    ...{ verified: true, detail: expect.stringContaining("1234567") },
  });
  const calls = server.calls.length;
  const sample = await api.call("POST", `${path}/test`, { body: { type: "message.sent" } });
  expect(JSON.stringify(sample.body)).toContain("This is a sample");
  expect(server.calls).toHaveLength(calls);
  const wrong = { ...body, config: { templates: { "message.sent": { body: "{{ text" } } } };
  expect(await api.call("POST", "/v1/destinations", { body: wrong })).toMatchObject({
    ...{ status: 400, body: { details: [{ field: "config.templates.message.sent.body" }] } },
  });
  const elsewhere = salesforceAdapter({ db: api.db, box }).config.safeParse({ domain: "salesforce.example.com" });
  expect(elsewhere.success).toBe(false);
  await api.close();
  await server.close();
});
