import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, createClient } from "../../../sdk/src/client.ts";
import { type Api, setup } from "./setup.ts";

/** The SDK's client against the API itself: what its types promise and its paging takes is what is answered. */

let api: Api;
let herald: Client;
let calls: string[];
beforeAll(async () => {
  api = await setup();
  const inject = async (url: string, init: RequestInit) => {
    calls.push(url);
    const response = await api.app.inject({
      ...{ method: init.method as "GET", url: url.replace("http://herald.test", "") },
      headers: init.headers as Record<string, string>,
      ...(init.body ? { payload: init.body as string } : {}),
    });
    const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string]);
    return new Response(response.body, { status: response.statusCode, headers });
  };
  herald = createClient({ baseUrl: "http://herald.test", apiKey: api.keys.admin, fetch: inject as typeof fetch });
});
afterAll(() => api.close());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  calls = [];
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("lists are read to their end, each by its own way of paging, and events are told apart by their type", async () => {
  calls = [];
  const names = ["ann", "bob", "cid", "dot", "eve"];
  const { leadIds } = await herald.request("POST /v1/leads", {
    body: { leads: names.map((name) => ({ email: `${name}@example.com`, firstName: name, plan: "pro" })) },
  });
  const leads = await all(herald.items("GET /v1/leads", { query: { limit: 2 } }));
  expect(new Set(leads.map(({ id }) => id))).toEqual(new Set(leadIds));
  expect(calls).toHaveLength(3);
  for (const name of names) {
    await herald.request("POST /v1/campaigns", {
      body: { name, steps: [{ channel: "email", subject: "Hi", text: "Hi" }] },
    });
    await herald.request("POST /v1/destinations", { body: { name, url: "https://receiver.example/hook" } });
  }
  const campaigns = await all(herald.items("GET /v1/campaigns", { query: { limit: 2 } }));
  expect(new Set(campaigns.map(({ name }) => name))).toEqual(new Set(names));
  expect(calls).toHaveLength(3);
  const destinations = await all(herald.items("GET /v1/destinations", { query: { limit: 2 } }));
  expect(new Set(destinations.map(({ name }) => name))).toEqual(new Set(names));
  const { data } = await herald.request("GET /v1/events", { query: { types: "lead.created" } });
  const emails = data.flatMap((event) => (event.eventType === "lead.created" ? [event.data.email] : []));
  expect(emails.sort()).toEqual(names.map((name) => `${name}@example.com`));
});

test("an error is what the API said, with the wrong fields", async () => {
  const call = herald.request("POST /v1/leads", { body: { leads: [] } });
  await expect(call).rejects.toMatchObject({
    ...{ name: "HeraldApiError", statusCode: 400, code: "invalid_request", requestId: expect.any(String) },
    details: [{ field: "leads", reason: expect.any(String) }],
  });
});

test("a POST whose answer was lost is not done twice", async () => {
  let lost = true;
  const lossy = createClient({
    ...{ baseUrl: "http://herald.test", apiKey: api.keys.admin },
    fetch: (async (url: string, init: RequestInit) => {
      const answer = await api.app.inject({
        ...{ method: init.method as "POST", url: url.replace("http://herald.test", "") },
        ...{ headers: init.headers as Record<string, string>, payload: init.body as string },
      });
      if (lost) {
        lost = false;
        throw new TypeError("fetch failed");
      }
      const type = { "content-type": String(answer.headers["content-type"]) };
      return new Response(answer.body, { status: answer.statusCode, headers: type });
    }) as typeof fetch,
  });
  const { id } = await lossy.request("POST /v1/campaigns", {
    body: { name: "Once", steps: [{ channel: "email", subject: "Hi", text: "Hi" }] },
  });
  const once = (await all(herald.items("GET /v1/campaigns"))).filter(({ name }) => name === "Once");
  expect(once.map((campaign) => campaign.id)).toEqual([id]);
});
