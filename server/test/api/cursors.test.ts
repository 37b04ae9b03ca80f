import { afterAll, beforeAll, expect, test } from "vitest";
import { KeyRing } from "../../src/api/auth.ts";
import { allEndpoints } from "../../src/api/routes.ts";
import { newId } from "../../src/domain/id.ts";
import { makeCampaign, makeDestination, makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

/** The query parameter that takes a place in a list, by the paths of all lists that have one. */
const lists = allEndpoints(new KeyRing({ query: () => Promise.reject(new Error("unused")) })).flatMap(
  ({ method, path, query }) => {
    const shape = (query as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
    const parameter = ["cursor", "continuationToken", "nextToken"].find((name) => name in shape);
    return method === "GET" && parameter !== undefined ? [[path, parameter] as const] : [];
  },
);

let api: Api;
/** The paths with what they need: the IDs of things that are there. */
let urls: Record<string, string>;
beforeAll(async () => {
  api = await setup();
  const senderId = await makeSender(api.db, api.workspaceId, "sms");
  const leadId = await makeLead(api.db, api.workspaceId);
  const campaignId = await makeCampaign(api.db, api.workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [],
  });
  const destination = await makeDestination(api.db, api.workspaceId);
  const message = { leadId, channel: "sms", text: "Hi" };
  const { conversationId } = (await api.call("POST", "/v1/messages", { body: message })).body;
  const source = { kind: "twilio", secret: "0123456789abcdef0123456789abcdef" };
  const { id: sourceId } = (await api.call("POST", "/v1/sources", { body: source })).body;
  const { id: profileId } = (await api.call("POST", "/v1/profiles", { body: { name: "Solar", content: {} } })).body;
  urls = {
    "/v1/profiles/{id}/knowledge": `/v1/profiles/${profileId}/knowledge?`,
    "/v1/profiles/{id}/versions": `/v1/profiles/${profileId}/versions?`,
    "/v1/sources/{id}/received": `/v1/sources/${sourceId}/received?`,
    "/v1/campaigns/{id}/leads": `/v1/campaigns/${campaignId}/leads?`,
    "/v1/leads/{id}/timeline": `/v1/leads/${leadId}/timeline?`,
    "/v1/senders/{id}/sandbox-messages": `/v1/senders/${senderId}/sandbox-messages?`,
    "/v1/conversations/{id}/messages": `/v1/conversations/${conversationId}/messages?`,
    "/v1/inbox/conversations/{id}/messages": `/v1/inbox/conversations/${conversationId}/messages?`,
    "/v1/deliveries": `/v1/deliveries?destinationId=${destination.id}&`,
    "/apten/v1/leads": "/apten/v1/leads?updatedSince=2026-01-05&",
    "/apten/v1/leads/{id}/events": `/apten/v1/leads/${leadId}/events?since=2026-01-05&`,
  };
});
afterAll(async () => await api.close());

const place = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const junk = [
  ...["junk", "", "\0", "null", newId("step"), "evt_0000000000001", place("x"), place([]), place([null, null])],
  place(["pending", 1, "\0"]),
  place(["2026-01-05T09:30:00Z", "\0"]),
  place([9e15, "x"]),
  place([1, "\ud800"]),
  place([1, "\0"]),
  place(["u", 1, "\0"]),
];

test.each(lists)("%s refuses what it didn't give out as a place, by the name of %s", async (path, parameter) => {
  const url = urls[path] ?? `${path}?`;
  expect((await api.call("GET", url)).status).toBe(200);
  // Apten's clients give the first page an empty one.
  for (const value of junk.filter((one) => one !== "" || parameter !== "nextToken")) {
    const { status, body } = await api.call("GET", `${url}${parameter}=${encodeURIComponent(value)}`);
    expect({ value, status, field: body.details?.[0].field }).toEqual({ value, status: 400, field: parameter });
    // NUL is refused before.
    if (value !== "\0") expect(body.message).toBe(`${parameter}: Give what the page before gave for this, unchanged.`);
  }
});

/** All query parameters of all lists and reports that may hold a time. */
const timed = allEndpoints(new KeyRing({ query: () => Promise.reject(new Error("unused")) })).flatMap(
  ({ method, path, query }) => {
    const shape = (query as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
    const names = Object.keys(shape).filter((name) => /^(after|since|from|to|.*Since|.*At)$/.test(name));
    return method === "GET" && names.length > 0 && path !== "/v1/events/stream" ? [[path, names] as const] : [];
  },
);
/** These can't be written as Herald writes times; and those can, absurd as they are. */
const impossible = [
  ...["9999-12-31T23:59:59-23:59", "99999-01-01T00:00:00Z", "+010000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"],
  ...["0001-01-01T00:00:00+23:59", "1e400", "-1"],
];
const absurd = [
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "evt_9999999999999_aaaaaaaaa",
  "evt_0000000000000_aaaaaaaaa",
];

test.each(timed)("%s refuses impossible times in %j, and answers absurd ones", async (path, names) => {
  const url = urls[path] ?? `${path}?`;
  for (const name of names) {
    const statusOf = async (value: string) =>
      (await api.call("GET", `${url}${name}=${encodeURIComponent(value)}`)).status;
    for (const value of impossible)
      expect({ name, value, status: await statusOf(value) }).toMatchObject({ status: 400 });
    for (const value of absurd) {
      const status = await statusOf(value);
      expect({ name, value, status, sound: status < 500 }).toMatchObject({ sound: true });
    }
  }
});

test("every list that has pages is among these", () => {
  expect(lists.map(([path]) => path).sort()).toEqual([
    "/apten/v1/leads",
    "/apten/v1/leads/{id}/events",
    "/v1/api-keys",
    "/v1/approvals",
    "/v1/assistant/turns",
    "/v1/audit",
    "/v1/campaigns/{id}/leads",
    "/v1/consent-changes",
    "/v1/consumers",
    "/v1/conversations",
    "/v1/conversations/{id}/messages",
    "/v1/deliveries",
    "/v1/destinations",
    "/v1/erasures",
    "/v1/events",
    "/v1/imports/crm",
    "/v1/imports/csv",
    "/v1/inbox/conversations",
    "/v1/inbox/conversations/{id}/messages",
    "/v1/leads",
    "/v1/leads/{id}/timeline",
    "/v1/messages",
    "/v1/profiles",
    "/v1/profiles/{id}/knowledge",
    "/v1/profiles/{id}/versions",
    "/v1/replays",
    "/v1/senders",
    "/v1/senders/{id}/sandbox-messages",
    "/v1/snippets",
    "/v1/sources",
    "/v1/sources/{id}/received",
    "/v1/suppressions",
    "/v1/tasks",
  ]);
});
