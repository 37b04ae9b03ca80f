import { expect, test } from "vitest";
import { salesforceVersion } from "../../src/destinations/crm/salesforce.ts";
import { startClose } from "../../src/loopback/close.ts";
import { startHubspot } from "../../src/loopback/hubspot.ts";
import { startSalesforce } from "../../src/loopback/salesforce.ts";

/** The fake CRMs refuse what the real ones refuse: else tests against them would show little. */

const token = "secret-1234567890";

async function poster(url: string, authorization: string) {
  return async (path: string, body: unknown) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return `${answer.status} ${await answer.text()}`;
  };
}

test("HubSpot: unknown properties, wrong associations, missing origins and people who aren't there", async () => {
  const server = await startHubspot({ token });
  const post = await poster(server.url, `Bearer ${token}`);
  const id = server.addContact({ email: "jane@example.com" });
  const properties = {
    ...{ hs_communication_channel_type: "LINKEDIN_MESSAGE", hs_communication_logged_from: "CRM" },
    ...{ hs_communication_body: "Hi", hs_timestamp: "2026-01-05T09:30:00Z" },
  };
  const log = (change: object, typeId = 81, to = id, more: object = {}) => {
    const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: typeId }];
    const body = { properties: { ...properties, ...change }, associations: [{ to: { id: to }, types }], ...more };
    return post("/crm/v3/objects/communications", body);
  };
  expect(await log({})).toMatch(/^201/);
  expect(await log({ hs_communication_logged_from: "" })).toMatch(/^400.*hs_communication_logged_from is missing/);
  expect(await log({ hs_communication_channel_type: "TELEX" })).toMatch(/^400.*TELEX is not one of the options/);
  expect(await log({ nonsense: "x" })).toMatch(/^400.*does not exist/);
  expect(await log({}, 202)).toMatch(/^400.*association type 81/);
  expect(await log({}, 81, "999")).toMatch(/^400.*contact 999 does not exist/);
  expect(await log({}, 81, id, { surprise: 1 })).toMatch(/^400/);
  const batch = { inputs: [{ properties, associations: [] }] };
  expect(await post("/crm/v3/objects/communications/batch/create", batch)).toMatch(/^400.*no trace ID/);
  expect(server.activities).toHaveLength(1);
  await server.close();
});

test("Salesforce: unknown fields, a WhatId beside a Lead, a record of nobody, and dates that are none", async () => {
  const server = await startSalesforce({ clientId: token, clientSecret: token });
  const form = { grant_type: "client_credentials", client_id: token, client_secret: token };
  const given = await fetch(`${server.url}/services/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  const { access_token: access } = (await given.json()) as { access_token: string };
  const post = await poster(server.url, `Bearer ${access}`);
  const [lead, contact] = [server.addPerson("Lead", { LastName: "L" }), server.addPerson("Contact", { LastName: "C" })];
  const log = (fields: object) =>
    post(`${salesforceVersion}/sobjects/Task`, {
      WhoId: contact,
      Subject: "S",
      Status: "Completed",
      ActivityDate: "2026-01-05",
      ...fields,
    });
  expect(await log({})).toMatch(/^201/);
  expect(await log({ WhatId: "006000000000001AAA" })).toMatch(/^201/);
  expect(await log({ WhoId: lead, WhatId: "006000000000001AAA" })).toMatch(/^400.*FIELD_INTEGRITY_EXCEPTION/);
  expect(await log({ Nonsense__c: "x" })).toMatch(/^400.*INVALID_FIELD/);
  expect(await log({ WhoId: "003000000009999AAA" })).toMatch(/^400.*INVALID_CROSS_REFERENCE_KEY/);
  expect(await log({ ActivityDate: "today" })).toMatch(/^400/);
  expect(await log({ Status: "Sent" })).toMatch(/^400.*RESTRICTED_PICKLIST/);
  expect(server.activities).toHaveLength(2);
  await server.close();
});

test("Close: the status that sends, unknown fields, and leads that aren't there", async () => {
  const server = await startClose({ apiKey: token });
  const post = await poster(`${server.url}/api/v1`, `Basic ${Buffer.from(`${token}:`).toString("base64")}`);
  const lead = server.addLead({ name: "Jane" });
  const mail = { lead_id: lead, status: "sent", subject: "S", body_text: "B" };
  expect(await post("/activity/email/", mail)).toMatch(/^200/);
  expect(await post("/activity/email/", { ...mail, status: "outbox" })).toMatch(/^400.*outbox would send it/);
  expect(await post("/activity/email/", { ...mail, nonsense: "x" })).toMatch(/^400.*Unknown field/);
  expect(await post("/activity/email/", { ...mail, lead_id: "lead_none" })).toMatch(/^400.*does not exist/);
  expect(await post("/activity/sms/", { lead_id: lead, status: "sent", text: "x" })).toMatch(/^400.*required/);
  expect(server.activities).toHaveLength(1);
  await server.close();
});
