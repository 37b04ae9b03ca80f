import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OpenSenders } from "../../src/campaigns/senders.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { takePoll } from "../../src/db/poll.ts";
import { Gate } from "../../src/loopback/faults.ts";
import { startUnipile, type UnipileLoopback, unipileError } from "../../src/loopback/unipile.ts";
import { Poller } from "../../src/sources/poller.ts";
import { box, makeLead } from "../factories.ts";
import { sourceApi } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let linkedin: UnipileLoopback;
let senderId: string;
let pollers: Poller[];
beforeEach(async () => {
  given = await sourceApi({ adapters: [unipile as ChannelAdapter] });
  linkedin = await startUnipile({ apiKey: "key", accountId: "acc_1" });
  pollers = [];
  const body = {
    ...{ name: "Ada", channel: "linkedin", provider: "unipile", credentials: { apiKey: "key" } },
    config: { dsn: linkedin.url, accountId: "acc_1" },
  };
  senderId = (await given.call("POST", "/v1/senders", { body })).body.id;
});
afterEach(async () => {
  for (const poller of pollers) await poller.stop();
  await linkedin.close();
  await given.close();
});

function newPoller(): Poller {
  const senders = new OpenSenders({ db: given.db, box, adapters: new Map([["unipile", unipile as ChannelAdapter]]) });
  const onError = (_: string, error: unknown) => given.errors.push((error as Error).message);
  const poller = new Poller({
    db: given.db,
    box,
    senders,
    everyMs: 900_000,
    wakeSources: () => {},
    wakeDeliveries: () => {},
    onError,
  });
  pollers.push(poller);
  return poller;
}
const profile = (slug: string) => `https://www.linkedin.com/in/${slug}`;
const due = () => given.db.query("update poll set next_at = now()");
const texts = async (leadId: string) => (await given.messages(leadId)).map(({ text }: { text: string }) => text);
const state = async () =>
  (await given.db.query("select *, extract(epoch from next_at - now())::float8 / 60 as minutes from poll")).rows[0]!;
/** The first look only finds out whom there is to ask; each comes at a time of its own. */
async function found(): Promise<Poller> {
  const poller = newPoller();
  expect(await poller.runOnce()).toBe(0);
  await due();
  return poller;
}

test("the first turn takes in nothing that is older than the sender; what is new is kept where webhooks are, in a source that is made", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") });
  linkedin.receive("grace", "Long ago", "2020-01-05T09:30:00.000Z");
  linkedin.receive("grace", "Hello");
  const poller = await found();
  expect(await poller.runOnce()).toBe(1);
  await given.drain();
  expect(await texts(leadId)).toEqual(["Hello"]);
  const { data } = (await given.call("GET", "/v1/sources")).body;
  expect(data).toMatchObject([{ kind: "unipile", name: "Unipile", backlog: { waiting: 0, unknown: 0, unmatched: 0 } }]);
  expect(await given.received(data[0])).toMatchObject([{ type: "polled_message", status: "processed" }]);
  // It isn't its turn, for about a quarter of an hour.
  expect(await poller.runOnce()).toBe(0);
  expect((await state()).minutes).toBeGreaterThanOrEqual(11);
  await given.call("PATCH", `/v1/sources/${data[0].id}`, { body: { status: "disabled" } });
  linkedin.receive("grace", "Unheard");
  await due();
  await poller.runOnce();
  expect(await given.received(data[0])).toHaveLength(1);
});

test("after an outage it goes on from the page where it was, tells each message once, and remembers what the provider refuses", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") });
  for (let n = 0; n < 120; n += 1) linkedin.receive("grace", `No. ${n}`);
  const poller = await found();
  // The second page is refused: the first one is on record, and where to go on.
  const refusal = unipileError(429, "too_many_requests", "Slow down.", { "retry-after": "7200" });
  linkedin.faults.when(({ query }) => query.has("cursor"), refusal);
  await poller.runOnce();
  const refused = await state();
  expect([refused.page === null, refused.failures, refused.messages_until]).toEqual([false, 1, null]);
  expect(refused.error).toContain("Slow down.");
  expect(refused.minutes).toBeGreaterThan(50);
  await due();
  await newPoller().runOnce();
  await given.drain();
  expect((await given.db.query("select count(*)::int as n from received")).rows).toEqual([{ n: 120 }]);
  expect(await state()).toMatchObject({ page: null, failures: 0, error: null, messages_until: expect.any(Date) });
  const { rows } = await given.db.query("select count(*)::int as n from message where lead_id = $1", [leadId]);
  expect(rows).toEqual([{ n: 120 }]);
});

test("two processes don't ask for the same sender; one that lost its turn moves nothing", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") });
  linkedin.receive("grace", "Hello");
  const [one, other] = [await found(), newPoller()];
  const sender = { workspaceId: given.workspaceId, senderId };
  const taken = await Promise.all(Array.from({ length: 8 }, () => takePoll(given.db, sender, randomUUID(), 60_000)));
  expect(taken.filter((turn) => turn !== null)).toHaveLength(1);
  expect(await other.runOnce()).toBe(0);
  await given.db.query("update poll set lease_until = null");
  const turns = await Promise.all([one.runOnce(), other.runOnce()]);
  expect(turns.toSorted()).toEqual([0, 1]);
  linkedin.receive("grace", "Again");
  await due();
  // While it asks, its time runs out, and somebody else takes the turn over.
  const gate = new Gate();
  linkedin.faults.when(({ path }) => path.endsWith("/messages"), { kind: "hold", when: "after", gate });
  const slow = one.runOnce();
  await gate.reached;
  await given.db.query("update poll set lease_until = now() - interval '1 second'");
  expect(await other.runOnce()).toBe(1);
  const after = await state();
  gate.open();
  await slow;
  expect({ ...(await state()), minutes: 0 }).toEqual({ ...after, minutes: 0 });
  await given.drain();
  expect(await texts(leadId)).toEqual(["Hello", "Again"]);
  expect(given.errors).toEqual([]);
});

test("pages that the provider has forgotten are asked for from the first one on; a broken account isn't asked", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") });
  linkedin.receive("grace", "Hello");
  const poller = await found();
  await given.db.query("update poll set page = 'gone', page_latest = now()");
  await poller.runOnce();
  expect(await state()).toMatchObject({ page: null, page_latest: null, failures: 1 });
  await due();
  await poller.runOnce();
  await given.drain();
  expect(await texts(leadId)).toEqual(["Hello"]);
  await given.db.query("update sender set status = 'broken' where id = $1", [senderId]);
  await due();
  expect(await poller.runOnce()).toBe(0);
});

test("a chat that can't be read holds up no other: its messages are noted, and come in once it can be", async () => {
  const [grace, alan] = [
    await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") }),
    await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("alan") }),
  ];
  const unread = linkedin.receive("grace", "Hello from Grace");
  linkedin.receive("alan", "Hello from Alan");
  const poller = await found();
  linkedin.faults.when(
    ({ path }) => path.endsWith(`/${unread.chatId}/attendees`),
    unipileError(422, "unprocessable", "Chat is broken."),
  );
  await poller.runOnce();
  await given.drain();
  expect([await texts(grace), await texts(alan)]).toEqual([[], ["Hello from Alan"]]);
  expect(await state()).toMatchObject({ failures: 0, error: null, messages_until: expect.any(Date) });
  const { data } = (await given.call("GET", "/v1/sources")).body;
  expect(data[0].backlog).toMatchObject({ unmatched: 1 });
  for (const _ of [1, 2]) {
    await due();
    await poller.runOnce();
    await given.drain();
  }
  expect([await texts(grace), await texts(alan)]).toEqual([["Hello from Grace"], ["Hello from Alan"]]);
});

test("chats that can't be read at the moment keep none behind them from being read, and are asked for again until they can be", async () => {
  const alan = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("alan") });
  const graces = await Promise.all(
    Array.from({ length: 60 }, (_, n) => makeLead(given.db, given.workspaceId, { linkedinUrl: profile(`grace-${n}`) })),
  );
  // Listed from the latest on: the last of the second page.
  linkedin.receive("alan", "Hello from Alan");
  const at = new Date(Date.now() + 1).toISOString();
  const unread = graces.map((_, n) => linkedin.receive(`grace-${n}`, "Hello", at));
  const failing = new Set(unread.map(({ chatId }) => chatId));
  const poller = await found();
  linkedin.faults.when(
    ({ path }) => path.endsWith("/attendees") && failing.has(path.split("/").at(-2)!),
    unipileError(500, "unexpected_error", "Chats are away."),
    Number.POSITIVE_INFINITY,
  );
  await poller.runOnce();
  await given.drain();
  expect(await texts(alan)).toEqual(["Hello from Alan"]);
  expect(await state()).toMatchObject({ failures: 1, page: null, error: expect.stringContaining("Chats are away.") });
  expect((await state()).messages_until.toISOString()).toBe(at);
  // Hours later: the provider lists what is after the place that was noted.
  linkedin.faults.clear();
  await due();
  await poller.runOnce();
  await given.drain();
  const replied = await given.db.query("select count(distinct lead_id)::int as n from message where text = 'Hello'");
  expect(replied.rows).toEqual([{ n: 60 }]);
  expect(await state()).toMatchObject({ failures: 0, error: null });
});

test("a message from the future doesn't hide what comes before it", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("grace") });
  linkedin.receive("grace", "Ahead", new Date(Date.now() + 10 * 86_400_000).toISOString());
  const poller = await found();
  await poller.runOnce();
  expect((await state()).messages_until.getTime()).toBeLessThanOrEqual(Date.now());
  linkedin.receive("grace", "Now");
  // As an older version left it.
  for (const until of ["now()", "now() + interval '10 days'"]) {
    await given.db.query(`update poll set next_at = now(), messages_until = ${until}`);
    await poller.runOnce();
  }
  await given.drain();
  expect((await texts(leadId)).toSorted()).toEqual(["Ahead", "Now"]);
});

test("more relations than a turn reads go on in the next one from where it was", async () => {
  for (let n = 0; n < 620; n += 1) {
    const now = new Date().toISOString();
    const invitation = { id: String(n), slug: `person-${n}`, note: null, at: now };
    linkedin.people.invitations.push({ ...invitation, accepted: true, acceptedAt: now });
  }
  const count = async () =>
    (
      await given.db.query(
        "select count(*)::int as n from received where convert_from(body, 'utf8') like '%polled_relation%'",
      )
    ).rows[0]!.n;
  const poller = await found();
  await poller.runOnce();
  expect(await count()).toBe(500);
  expect(await state()).toMatchObject({ relations_until: null, relations_page: expect.any(String) });
  expect((await state()).minutes).toBeLessThanOrEqual(1);
  await due();
  await poller.runOnce();
  expect(await count()).toBe(620);
  expect(await state()).toMatchObject({ relations_until: expect.any(Date), relations_page: null });
});
