import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { recordEvents } from "../../../src/db/event.ts";
import { laneHealth } from "../../../src/db/lane.ts";
import { newEvent } from "../../../src/db/new-event.ts";
import { deleteOldNotifications, queueNotifications, takeTurn } from "../../../src/db/notification.ts";
import type { Database } from "../../../src/db/pool.ts";
import { registerWorker } from "../../../src/db/worker.ts";
import { NotificationFlusher } from "../../../src/destinations/notify/flusher.ts";
import { systemAdapters } from "../../../src/destinations/systems.ts";
import { WebhookDeliveries } from "../../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../../src/destinations/webhook/http-client.ts";
import type { EventType } from "../../../src/domain/event.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { type ChatLoopback, startChat } from "../../../src/loopback/chats.ts";
import { Gate } from "../../../src/loopback/faults.ts";
import { startReceiver } from "../../../src/loopback/receiver.ts";
import { OutboxLoop } from "../../../src/outbox/loop.ts";
import { testDatabase } from "../../database.ts";
import { box, makeDestination, makeWorkspace } from "../../factories.ts";

let db: Database;
let close: () => Promise<void>;
const client = new HttpClient({ timeoutMs: 60_000 });
const servers: ChatLoopback[] = [];
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(async () => {
  await client.close();
  await close();
});

/** A Slack destination, its channel, and flushers that are driven by hand under a clock of the test's own. */
async function setup(config: object = {}) {
  await db.query("truncate notification, notifier, chat_pace, destination, lane, outbox");
  let now = Date.now();
  const clock = () => now;
  const slack = await startChat({ kind: "slack", clock });
  servers.push(slack);
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId);
  const credentials = { url: slack.hook };
  const sealed = box.seal(JSON.stringify(credentials), `${workspaceId}/${id}`);
  const adapter = systemAdapters({ db, box, client, allowPrivate: true, wake: () => {}, clock }).get("slack")!;
  await db.query("update destination set kind = 'slack', config = $1, credentials = $2 where id = $3", [
    ...[adapter.config.parse(config), sealed, id],
  ]);
  const system = adapter.open({
    ...{ workspaceId, destinationId: id, name: "Team", credentials },
    config: adapter.config.parse(config),
  });
  const errors: unknown[] = [];
  const flusher = () =>
    new NotificationFlusher({
      ...{ db, box, client, clock, allowPrivate: true, publicUrl: null, wakeDeliveries: () => {} },
      onError: (_stage, error) => errors.push(error),
    });
  const one = flusher();
  return {
    ...{ workspaceId, id, slack, errors, flusher },
    clock,
    to: (at: number) => {
      now = at;
    },
    pass: (ms: number) => {
      now += ms;
    },
    /** Another destination, a webhook. */
    webhook: () => makeDestination(db, workspaceId),
    /** Recorded, and delivered to the destination. */
    async events(n: number, type: EventType = "reply.received") {
      const sample = eventSample(workspaceId, type);
      const events = Array.from({ length: n }, () => newEvent(workspaceId, type, sample.data as never, {}));
      await recordEvents(db, events);
      return events.map(({ id: eventId }) => ({ eventId, eventType: type, data: "{}" }));
    },
    deliver: async (events: { eventId: string; eventType: EventType; data: string }[], timestamp = now) =>
      await Promise.all(
        events.map((event) =>
          system.deliver(
            { ...event, workspaceId, attempt: 1, timestamp: new Date(timestamp).toISOString() },
            AbortSignal.timeout(60_000),
          ),
        ),
      ),
    async flush() {
      const turns = await one.runOnce();
      expect(errors).toEqual([]);
      return turns;
    },
    waiting: async () =>
      (await db.query<{ n: number }>("select count(*)::int as n from notification where done_at is null")).rows[0]!.n,
    status: async () => (await db.query("select status, status_reason from destination where id = $1", [id])).rows[0],
    state: async () => (await laneHealth(db, workspaceId, [id])).get(id)!.notifications,
    texts: () => slack.posts.map((post) => (post as { text: string }).text),
  };
}

test("what asks for nobody is told only where that is wanted", async () => {
  const told = async (config: object) => {
    const t = await setup(config);
    const events = [
      ...(await t.events(3, "campaign.paused")).map((event, i) => ({
        ...event,
        data: JSON.stringify({ pausedBy: ["user", "api", "system"][i] }),
      })),
      ...(await t.events(3, "sender.paused")).map((event, i) => ({
        ...event,
        data: JSON.stringify({
          until: [null, "2026-01-05T10:00:00Z", null][i],
          pausedBy: ["provider", "provider", "api"][i],
        }),
      })),
    ];
    return (await t.deliver(events)).map(({ outcome }) => outcome);
  };
  expect(await told({})).toEqual([...["skipped", "skipped", "delivered"], ...["delivered", "skipped", "skipped"]]);
  expect(await told({ routine: true })).toEqual(Array(6).fill("delivered"));
});

test("a burst of 10,000 events is one message, and nothing of it is lost or comes twice", async () => {
  const t = await setup();
  // The first ones are shown; of the others their number is enough.
  const shown = await t.events(20);
  const rest = Array.from({ length: 9_980 }, (_, i) => `evt_9999999999999_${String(i).padStart(9, "0")}`);
  const events = [...shown, ...rest.map((eventId) => ({ ...shown[0]!, eventId }))];
  await t.deliver(events);
  await t.flush();
  expect(t.texts()).toEqual(["10,000 events from Herald"]);
  expect(JSON.stringify(t.slack.posts[0])).toContain("9,980 more");
  // Each again, as a replay or a retry does it.
  const again = await t.deliver(events.slice(0, 100));
  expect(again[0]).toEqual({ outcome: "delivered", detail: "It was queued before; nothing is posted twice." });
  // What still comes of a burst is gathered for half a minute.
  await t.deliver(await t.events(30));
  t.pass(29_000);
  await t.flush();
  expect(t.texts()).toHaveLength(1);
  t.pass(1_000);
  await t.flush();
  expect(t.texts()).toEqual(["10,000 events from Herald", "30 events from Herald"]);
  expect(await t.waiting()).toBe(0);
  expect(t.slack.refusals).toEqual([]);
});

test("a burst for a chat takes no turn from another destination, and becomes one message", async () => {
  const t = await setup();
  const receiver = await startReceiver({ format: "herald", secret: (await t.webhook()).secret });
  await db.query("update destination set url = $1 where kind = 'webhook'", [`${receiver.url}/hook`]);
  await db.query(
    "update destination set event_types = case kind when 'slack' then array['reply.received'] else array['message.received'] end",
  );
  const errors: unknown[] = [];
  const systems = systemAdapters({ db, box, client, allowPrivate: true, wake: () => {}, clock: t.clock });
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client, systems }), {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 50, onError: (_stage, error) => errors.push(error) },
  });
  /** Turns of the outbox until so many webhooks arrived. */
  const turns = async (count: number) => {
    for (let n = 1; ; n++) {
      await loop.runOnce();
      await loop.idle();
      if (receiver.stats().received >= count) return n;
    }
  };
  await t.events(200, "message.received");
  const alone = await turns(200);
  // What was learned of the receiver stays: the second time it could only be faster.
  await t.events(800);
  await t.events(200, "message.received");
  const beside = await turns(400);
  expect(beside / alone).toBeLessThanOrEqual(2);
  expect(await left()).toBeGreaterThan(300);
  while ((await loop.runOnce()) > 0) await loop.idle();
  await t.flush();
  expect(t.texts()).toEqual(["800 events from Herald"]);
  expect(errors).toEqual([]);
  await receiver.close();
});

const left = async () => (await db.query<{ n: number }>("select count(*)::int as n from outbox")).rows[0]!.n;

test("a few events are posted one by one, at the pace that the channel takes", async () => {
  const t = await setup();
  await t.deliver(await t.events(3));
  for (let i = 0; i < 30; i++) {
    await t.flush();
    t.pass(200);
  }
  expect(t.texts()).toHaveLength(3);
  expect(t.slack.refusals).toEqual([]);
  expect(await t.state()).toMatchObject({ waiting: 0, nextPostAt: null, reason: null });
});

test("rules for one channel share its pace, and its rest, over processes", async () => {
  const t = await setup();
  const ids = [t.id];
  for (const name of ["b", "c"]) {
    const { id } = await makeDestination(db, t.workspaceId);
    await db.query(
      "update destination d set kind = 'slack', name = $3, config = s.config, credentials = $2 from destination s where d.id = $1 and s.id = $4",
      [id, box.seal(JSON.stringify({ url: t.slack.hook }), `${t.workspaceId}/${id}`), name, t.id],
    );
    ids.push(id);
  }
  for (const id of ids) {
    const events = (await t.events(2)).map(({ eventId, eventType }) => ({ id: eventId, type: eventType }));
    const key = { workspaceId: t.workspaceId, destinationId: id };
    await queueNotifications(db, key, events, { now: t.clock(), dueAt: t.clock() });
  }
  const processes = [t.flusher(), t.flusher()];
  const together = async () => await Promise.all(processes.map((one) => one.runOnce()));
  t.slack.faults.next({ kind: "answer", status: 429, headers: { "retry-after": "90" }, body: "rate_limited" });
  await together();
  t.pass(88_000);
  await together();
  expect(t.texts()).toHaveLength(0);
  for (let i = 0; i < 30; i++) {
    await together();
    t.pass(300);
  }
  expect(t.texts()).toHaveLength(6);
  // None was asked for too early.
  expect([t.slack.refusals, t.errors, await t.waiting()]).toEqual([[], [], 0]);
});

test("quiet hours hold it, and a digest comes at its time", async () => {
  const t = await setup({ mode: "digest", everyMinutes: 60, quietHours: { from: "20:00", to: "08:00" } });
  t.to(Date.parse("2027-01-05T12:00:00Z"));
  await t.deliver(await t.events(2));
  t.pass(3_599_000);
  expect(await t.flush()).toBe(0);
  t.pass(1_000);
  await t.flush();
  expect(t.texts()).toEqual(["2 events from Herald"]);
  t.to(Date.parse("2027-01-05T19:30:00Z"));
  await t.deliver(await t.events(2));
  t.to(Date.parse("2027-01-06T07:59:59Z"));
  expect(await t.flush()).toBe(0);
  t.pass(1_000);
  await t.flush();
  expect(t.texts()).toHaveLength(2);
});

test("429 is waited out for as long as it asks, and the post is made then, once", async () => {
  const t = await setup();
  t.slack.faults.next({ kind: "answer", status: 429, headers: { "retry-after": "90" }, body: "rate_limited" });
  await t.deliver(await t.events(1));
  await t.flush();
  expect(await t.state()).toMatchObject({ waiting: 1, reason: "Slack asks to post less (429)." });
  // What comes meanwhile doesn't go ahead.
  await t.deliver(await t.events(1));
  t.pass(89_000);
  expect(await t.flush()).toBe(0);
  t.pass(1_000);
  await t.flush();
  expect(t.texts()).toHaveLength(1);
  expect(await t.state()).toMatchObject({ waiting: 1, reason: null, failingSince: null });
});

test("a process that dies in the middle of a post loses nothing, and one that comes back late ends nobody's turn", async () => {
  const t = await setup();
  await t.deliver(await t.events(1));
  // One process took its turn, and is gone.
  expect(await takeTurn(db, t.clock(), t.clock() + 90_000)).toMatchObject({ turn: 1 });
  expect(await t.flush()).toBe(0);
  t.pass(90_000);
  const gate = new Gate();
  t.slack.faults.next({ kind: "hold", when: "before", gate });
  const late = t.flusher().runOnce();
  await gate.reached;
  // Nobody else posts while it does.
  expect(await t.flush()).toBe(0);
  // Longer than a claim: another process takes over.
  t.pass(90_000);
  await t.flush();
  expect(t.texts()).toHaveLength(1);
  const more = await t.events(1);
  await t.deliver(more);
  t.pass(2_000);
  gate.open();
  await late;
  t.pass(2_000);
  await t.flush();
  expect(await t.waiting()).toBe(0);
  expect(t.errors).toEqual([]);
});

test("an archived channel disables the destination with words; enabled again, what waited is posted", async () => {
  const t = await setup();
  await t.deliver(await t.events(1));
  t.slack.state = "archived";
  await t.flush();
  expect(await t.status()).toMatchObject({
    status: "disabled",
    status_reason: expect.stringContaining("The channel is archived. Unarchive it"),
  });
  t.slack.state = "works";
  t.pass(60_000);
  expect(await t.flush()).toBe(0);
  await db.query("update destination set status = 'active' where id = $1", [t.id]);
  await t.flush();
  expect(t.texts()).toHaveLength(1);
});

test("what fails for a day is given up with its reason, and what came later is not", async () => {
  const t = await setup();
  await t.deliver(await t.events(6));
  t.slack.faults.when(() => true, { kind: "answer", status: 503, body: "down" }, Number.POSITIVE_INFINITY);
  await t.flush();
  t.pass(20 * 3_600_000);
  await t.deliver(await t.events(1));
  await t.flush();
  expect(await t.waiting()).toBe(7);
  t.pass(4 * 3_600_000);
  await t.flush();
  // Nobody tried meanwhile, as in quiet hours: three posts are no day of tries.
  expect(await t.waiting()).toBe(7);
  for (let tries = 3; tries < 10; tries++) {
    t.pass(900_000);
    await t.flush();
  }
  expect(await t.state()).toMatchObject({ waiting: 1, reason: "Given up after a day (6): Slack answered 503." });
  t.slack.faults.clear();
  t.pass(900_000);
  await t.flush();
  expect(t.texts()).toHaveLength(1);
});

test("old events are no news, and what was queued is forgotten only after that", async () => {
  const t = await setup();
  const [event] = await t.events(1);
  const [old] = await t.deliver([event!], t.clock() - 8 * 86_400_000);
  expect(old).toMatchObject({ outcome: "skipped", code: "too_old" });
  await t.deliver([event!]);
  await db.query("update notification set queued_at = now() - interval '7 days 1 hour'");
  expect(await deleteOldNotifications(db)).toBe(0);
  await db.query("update notification set queued_at = now() - interval '8 days 1 hour'");
  expect(await deleteOldNotifications(db)).toBe(1);
});
