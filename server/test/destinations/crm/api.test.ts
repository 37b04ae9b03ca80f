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
  // Who was found in one account is nobody in another.
  for (const kind of ["event", "person"])
    await api.db.query(
      `insert into crm_record (workspace_id, destination_id, kind, ref, claim, ask_at, crm_id)
       select workspace_id, id, $2, 'x', '', now(), '1051' from destination where id = $1`,
      [created.body.id, kind],
    );
  const kinds = async () =>
    (await api.db.query("select kind from crm_record order by kind")).rows.map((row) => row.kind);
  await api.call("PATCH", path, { body: { name: "Another name", config: body.config } });
  expect(await kinds()).toEqual(["event", "person"]);
  await api.call("PATCH", path, { body: { credentials: { token: "pat-0987654321" } } });
  expect(await kinds()).toEqual(["event"]);
  const wrong = { ...body, config: { templates: { "message.sent": { body: "{{ text" } } } };
  expect(await api.call("POST", "/v1/destinations", { body: wrong })).toMatchObject({
    ...{ status: 400, body: { details: [{ field: "config.templates.message.sent.body" }] } },
  });
  const unsaid = { ...body, eventTypes: ["message.*", "task.created"] };
  expect(await api.call("POST", "/v1/destinations", { body: unsaid })).toMatchObject({
    ...{
      status: 400,
      body: { details: [{ field: "eventTypes.1", reason: expect.stringContaining("message.auto_replied") }] },
    },
  });
  const elsewhere = salesforceAdapter({ db: api.db, box }).config.safeParse({ domain: "salesforce.example.com" });
  expect(elsewhere.success).toBe(false);
  await api.close();
  await server.close();
});

test("a preview shows the very object of each CRM, by a mapping that isn't stored yet", async () => {
  const api = await setup({
    systems: (db) => [
      ...systemAdapters({ db, box, allowPrivate: true, client: null as never, wake: () => {} }).values(),
    ],
  });
  const show = async (kind: string, config: object, more: object = {}) =>
    (await api.call("POST", "/v1/destinations/preview", { body: { kind, config, type: "message.sent", ...more } }))
      .body;
  const fields = { outreach_campaign: "{{ campaignId }}", nothing: "{% if nobody %}x{% endif %}" };
  expect(await show("hubspot", { fields, ownerId: "77" })).toMatchObject({
    outcome: "sent",
    body: {
      object: "communications",
      properties: {
        ...{
          hs_communication_logged_from: "CRM",
          hubspot_owner_id: "77",
          outreach_campaign: expect.stringMatching(/^camp_/),
        },
      },
    },
  });
  const templates = {
    "message.sent": { subject: "To {{ firstName }}", body: "{{ text | upcase }}", fields: { Type: "Call" } },
  };
  const salesforce = { domain: "acme.my.salesforce.com", templates };
  expect(await show("salesforce", salesforce)).toMatchObject({
    ...{
      outcome: "failed",
      body: null,
      reason: { code: "missing_variable", detail: expect.stringContaining("firstName") },
    },
  });
  const { body } = await api.call("POST", "/v1/leads", {
    body: { leads: [{ email: "jane@example.com", firstName: "Jane" }] },
  });
  expect(body.leadIds).toHaveLength(1);
  expect(await show("close", {})).toMatchObject({ outcome: "sent", body: { object: "note" } });
  expect(await show("close", {}, { eventTypes: ["lead.updated"] })).toMatchObject({ outcome: "filtered" });
  expect(await show("close", {}, { type: "campaign.started" })).toMatchObject({
    ...{ outcome: "filtered", reason: { code: "not_mapped" } },
  });
  const own = await show("hubspot", { fields: { hs_timestamp: "2020" } });
  expect(own).toMatchObject({ details: [{ field: "config.fields.hs_timestamp" }] });
  expect(await show("close", { fields: {} })).toMatchObject({ details: [{ field: "config.fields" }] });
  await api.close();
});
