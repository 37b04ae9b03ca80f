import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTwilio, type TwilioLoopback, twilioError } from "../../src/loopback/twilio.ts";

const accountSid = `AC${"a".repeat(32)}`;
const authToken = "token";
const to = "+15550001111";
const from = "+15559990000";
let server: TwilioLoopback;

beforeEach(async () => {
  server = await startTwilio({
    accountSid,
    authToken,
    apiKey: { sid: "SKkey", secret: "secret" },
    numbers: [from],
    optedOut: ["+15550002222"],
  });
});
afterEach(() => server.close());

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString("base64")}` });
const messagesUrl = () => `${server.url}/2010-04-01/Accounts/${accountSid}/Messages.json`;

function post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return fetch(messagesUrl(), {
    method: "POST",
    body,
    headers: { ...type, ...basic(`${accountSid}:${authToken}`), ...headers },
  });
}
const get = (url: string, login = `${accountSid}:${authToken}`) => fetch(url, { headers: basic(login) });

const good = { To: to, From: from, Body: "Hello" };

describe("the fake Twilio refuses what Twilio refuses, and keeps nothing of it", () => {
  test.each([
    ["another auth token", good, basic(`${accountSid}:wrong`), 401, 20003],
    ["no authorization", good, { authorization: "" }, 401, 20003],
    ["JSON", good, { "content-type": "application/json" }, 415, 20415],
    ["no To", { From: from, Body: "x" }, {}, 400, 21604],
    ["no From", { To: to, Body: "x" }, {}, 400, 21603],
    ["no Body", { To: to, From: from }, {}, 400, 21602],
    ["an unknown field", { ...good, Bdy: "x" }, {}, 400, 20001],
    ["1,601 characters", { ...good, Body: "x".repeat(1601) }, {}, 400, 21617],
    ["a number without +", { ...good, To: "15550001111" }, {}, 400, 21211],
    ["a foreign From", { ...good, From: "+15551112222" }, {}, 400, 21606],
    ["an unknown messaging service", { To: to, MessagingServiceSid: "MGx", Body: "x" }, {}, 404, 21705],
    ["itself", { ...good, To: from }, {}, 400, 21266],
    ["an opted-out number", { ...good, To: "+15550002222" }, {}, 400, 21610],
  ] as [string, Record<string, string>, Record<string, string>, number, number][])(
    "%s",
    async (_, fields, headers, status, code) => {
      const answer = await post(fields, headers);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ code, status });
      expect(server.messages).toEqual([]);
    },
  );

  test("a path of another account", async () => {
    const url = messagesUrl().replace(accountSid, `AC${"b".repeat(32)}`);
    expect((await get(url)).status).toBe(404);
  });

  test("reading the account with an API key, which may read messages", async () => {
    const account = `${server.url}/2010-04-01/Accounts/${accountSid}.json`;
    expect((await get(account, "SKkey:secret")).status).toBe(401);
    expect((await get(messagesUrl(), "SKkey:secret")).status).toBe(200);
    expect(await (await get(account)).json()).toMatchObject({ sid: accountSid, status: "active" });
  });
});

test("a message of 1,600 characters arrives whole and is answered with its SID", async () => {
  const arrived = server.arrivals.reached(1);
  const answer = await post({ ...good, Body: "é".repeat(1600), StatusCallback: "http://127.0.0.1/x" });
  expect(answer.status).toBe(201);
  await arrived;
  const resource = (await answer.json()) as { sid: string };
  expect(resource).toMatchObject({ sid: expect.stringMatching(/^SM[0-9a-f]{32}$/), status: "queued", date_sent: null });
  expect(server.messages).toMatchObject([
    { sid: resource.sid, to, from, body: "é".repeat(1600), status_callback: "http://127.0.0.1/x" },
  ]);
});

test("the list filters by To, From and the day of sending, newest first, over pages", async () => {
  for (const body of ["1", "2", "3"]) await post({ ...good, Body: body });
  await post({ ...good, To: "+15550003333", Body: "other" });
  server.messages.push({ ...server.messages[0]!, sid: "SMqueued", body: "queued", date_sent: null });
  const bodies: string[] = [];
  const query = new URLSearchParams({ To: to, From: from, "DateSent>": "2020-01-01", PageSize: "2" });
  let next: string | null = `/2010-04-01/Accounts/${accountSid}/Messages.json?${query}`;
  let pages = 0;
  while (next !== null) {
    const list = (await (await get(server.url + next)).json()) as {
      messages: { body: string }[];
      next_page_uri: string | null;
    };
    bodies.push(...list.messages.map((message) => message.body));
    next = list.next_page_uri;
    pages += 1;
  }
  expect([bodies, pages]).toEqual([["3", "2", "1"], 2]);
  const later = (await (await get(`${messagesUrl()}?DateSent%3E=2999-01-01`)).json()) as { messages: unknown[] };
  expect(later.messages).toEqual([]);
  expect((await get(`${messagesUrl()}?Tow=1`)).status).toBe(400);
});

test("faults are played in order, on the requests they are meant for", async () => {
  server.faults.next(twilioError(429, 20429, "Too Many Requests", { "retry-after": "7" }), {
    kind: "answer",
    status: 502,
    body: "<html>",
    processed: true,
  });
  expect((await get(messagesUrl())).status).toBe(200);
  const first = await post(good);
  expect([first.status, first.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(server.messages).toHaveLength(0);
  const second = await post(good);
  expect([second.status, await second.text()]).toEqual([502, "<html>"]);
  expect(server.messages).toHaveLength(1);
  expect(server.faults.pending).toBe(false);
});

test("a reset loses the answer, and the message only if it came before", async () => {
  server.faults.next({ kind: "reset", when: "before" }, { kind: "reset", when: "after" }, { kind: "cut" });
  await expect(post(good)).rejects.toThrow();
  expect(server.messages).toHaveLength(0);
  await expect(post(good)).rejects.toThrow();
  expect(server.messages).toHaveLength(1);
  const cut = await post(good);
  expect(cut.status).toBe(201);
  await expect(cut.text()).rejects.toThrow();
  expect(server.messages).toHaveLength(2);
});

test("what arrived can be read over HTTP, with the number of distinct messages", async () => {
  await post(good);
  await post(good);
  await post({ ...good, Body: "other" });
  expect(await (await fetch(`${server.url}/_loopback/count`)).json()).toEqual({ count: 3, distinct: 2 });
  const messages = await (await fetch(`${server.url}/_loopback/messages`)).json();
  expect(messages).toMatchObject([{ body: "Hello" }, { body: "Hello" }, { body: "other" }]);
  expect(server.arrivals.counts().get(`${to}\nHello`)).toBe(2);
});
