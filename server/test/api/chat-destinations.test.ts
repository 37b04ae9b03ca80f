import { afterAll, beforeAll, expect, test } from "vitest";
import { queueNotifications } from "../../src/db/notification.ts";
import { chats } from "../../src/destinations/notify/chats.ts";
import { systemAdapters } from "../../src/destinations/systems.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { newId } from "../../src/domain/id.ts";
import { type ChatLoopback, startChat } from "../../src/loopback/chats.ts";
import { makeSender, makeWorkspace } from "../factories.ts";
import { type Api, box, setup } from "./setup.ts";

let api: Api;
let slack: ChatLoopback;
let teams: ChatLoopback;
const client = new HttpClient({ timeoutMs: 60_000 });
/** None of these delivers: they need no database. */
const systems = (allowPrivate: boolean) =>
  systemAdapters({ db: null as never, box, client, wake: () => {}, allowPrivate });

beforeAll(async () => {
  api = await setup({ systems: [...systems(true).values()] });
  [slack, teams] = [await startChat({ kind: "slack" }), await startChat({ kind: "teams" })];
});
afterAll(async () => {
  await Promise.all([api.close(), slack.close(), teams.close(), client.close()]);
});

const create = async (kind: string, url: string, config: object = {}) =>
  await api.call("POST", "/v1/destinations", { body: { kind, config, credentials: { url } } });

test("a chat is a destination by its webhook's URL, which is shown without its secret", async () => {
  const { status, body } = await create("slack", slack.hook);
  expect([status, body.kind, body.url]).toEqual([201, "slack", `${slack.url}/services/T0000/B0000/***`]);
  expect(body.eventTypes).toEqual(expect.arrayContaining(["reply.received", "sender.paused", "destination.disabled"]));
  expect(body.config).toMatchObject({ mode: "at_once", timeZone: "UTC" });
  expect(JSON.stringify(body)).not.toContain("B0000/secret");
  await api.call("PATCH", "/v1/workspace", { body: { timeZone: "Europe/Berlin" } });
  const daily = { mode: "digest", dailyAt: "09:00" };
  expect((await create("slack", slack.hook, daily)).body.config.timeZone).toBe("Europe/Berlin");
  await api.call("PATCH", "/v1/workspace", { body: { timeZone: "UTC" } });
  const key = { workspaceId: api.workspaceId, destinationId: body.id };
  await queueNotifications(api.db, key, [{ id: "evt_1", type: "reply.received" }], { now: 1, dueAt: 2 });
  const path = `/v1/destinations/${body.id}`;
  expect((await api.call("GET", path)).body.health.notifications).toMatchObject({ waiting: 1, reason: null });
  // Other settings count for what waits, too.
  await api.call("PATCH", path, { body: { config: { mode: "digest", everyMinutes: 60 } } });
  const due = (await api.db.query("select due_at > now() + interval '59 minutes' as later from notifier")).rows;
  expect(due).toEqual([{ later: true }]);
  // What says nothing of when leaves the digest where it was.
  await api.db.query("update notifier set due_at = now() + interval '5 minutes'");
  await api.call("PATCH", path, { body: { config: { mode: "digest", everyMinutes: 60, routine: true } } });
  expect((await api.db.query("select due_at < now() + interval '6 minutes' as same from notifier")).rows).toEqual([
    { same: true },
  ]);
  expect((await api.call("DELETE", path)).status).toBe(204);
  expect((await api.db.query("select 1 from notification union all select 1 from notifier")).rows).toEqual([]);
});

test("a mailbox that emails are to go by has to be one of the workspace's", async () => {
  const [mailbox, number] = [
    await makeSender(api.db, api.workspaceId, "email", "smtp"),
    await makeSender(api.db, api.workspaceId, "sms"),
  ];
  const elsewhere = await makeSender(api.db, await makeWorkspace(api.db), "email", "smtp");
  const config = (senderId: string) => ({ config: { to: ["ops@team.example"], senderId } });
  const made = await api.call("POST", "/v1/destinations", { body: { kind: "email", ...config(mailbox) } });
  expect(made.status).toBe(201);
  for (const senderId of [number, elsewhere, newId("sender")]) {
    const refused = [{ field: "config.senderId", reason: expect.stringContaining(`no sender ${senderId}`) }];
    const again = await api.call("POST", "/v1/destinations", { body: { kind: "email", ...config(senderId) } });
    const changed = await api.call("PATCH", `/v1/destinations/${made.body.id}`, { body: config(senderId) });
    expect([again, changed]).toMatchObject([400, 400].map((status) => ({ status, body: { details: refused } })));
  }
});

test("verifying asks without posting where it can, and says so where it can't", async () => {
  const { body } = await create("slack", slack.hook);
  const verify = async (id: string) => (await api.call("POST", `/v1/destinations/${id}/verify`)).body;
  expect(await verify(body.id)).toMatchObject({
    verified: true,
    detail: "Slack knows the webhook. Nothing was posted.",
  });
  expect(slack.posts).toEqual([]);
  slack.state = "revoked";
  expect(await verify(body.id)).toMatchObject({ verified: false, code: "no_service" });
  const silent = await create("teams", teams.hook);
  // Nothing has shown that it posts.
  expect(await verify(silent.body.id)).toMatchObject({
    ...{ verified: false, code: "not_proved", verifiedAt: null },
    detail: expect.stringContaining("set config.verifyPost"),
  });
  const loud = await create("teams", teams.hook, { verifyPost: true });
  expect(await verify(loud.body.id)).toMatchObject({ verified: true, detail: "A message was posted to Teams." });
  expect(teams.posts).toHaveLength(1);
});

test.each([
  ["slack", "https://hooks.slack.com/workflows/T0/A0", {}, "credentials.url", "incoming webhook of Slack"],
  ["slack", "http://169.254.169.254/services/a/b/c", {}, "credentials.url", "must begin with https"],
  ["discord", "https://discord.com/api/webhooks/1/x/slack", {}, "credentials.url", "webhook of Discord"],
  ["teams", "https://10.0.0.1/x", {}, "credentials.url", "private or reserved network"],
  ["slack", "https://hooks.slack.com/services/T/B/x", { mode: "digest" }, "config.mode", "everyMinutes and dailyAt"],
])("%s at %s is refused", (kind, url, config, field, reason) => {
  const adapter = systems(false).get(kind)!;
  expect(adapter.check!(adapter.config.parse(config), { url })).toEqual({
    field,
    reason: expect.stringContaining(reason),
  });
});

test("of the real addresses everything but the secret is shown", () => {
  const shown = (kind: string, url: string) => chats.get(kind)!.shown(new URL(url));
  expect(shown("slack", "https://hooks.slack.com/services/T1/B2/abc")).toBe(
    "https://hooks.slack.com/services/T1/B2/***",
  );
  expect(shown("discord", "https://discord.com/api/webhooks/12/abc")).toBe("https://discord.com/api/webhooks/12/***");
  expect(shown("teams", "https://a.logic.azure.com/workflows/x?sig=abc")).toBe("https://a.logic.azure.com/***");
});
