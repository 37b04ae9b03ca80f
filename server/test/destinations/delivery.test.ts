import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { getDestination, updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import { claim } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { type OpenDestination, WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import type { FormatName } from "../../src/domain/format.ts";
import { type Answer, startReceiver } from "../../src/loopback/receiver.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, box, makeDestination, makeWorkspace, storePastEvents } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

/** One destination at a loopback receiver that answers as told, and a loop that is driven by hand. */
async function setup(
  options: { format?: FormatName; timeoutMs?: number; url?: string; connections?: number; settleWaitMs?: number } = {},
  ...answers: Answer[]
) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  const workspaceId = await makeWorkspace(db);
  const { id, secret } = await makeDestination(db, workspaceId, {
    format: options.format ?? "herald",
    url: "http://127.0.0.1:9/",
  });
  const receiver = await startReceiver({ format: options.format ?? "herald", secret });
  receiver.next(...answers);
  await updateDestination(db, workspaceId, id, { url: options.url ?? `${receiver.url}/hook` });
  const client = new HttpClient({ timeoutMs: options.timeoutMs ?? 5_000, connections: options.connections ?? 64 });
  const errors: unknown[] = [];
  const deliveries = new WebhookDeliveries({ db, box, client });
  if (options.settleWaitMs) Object.assign(deliveries, { settleWaitMs: options.settleWaitMs });
  const loop = new OutboxLoop(deliveries, {
    db,
    workerNo: await registerWorker(db),
    maxInFlight: 100,
    onError: (_stage, error) => errors.push(error),
  });
  return {
    workspaceId,
    id,
    secret,
    receiver,
    client,
    loop,
    send: async (n = 1) =>
      await recordEvents(
        db,
        Array.from({ length: n }, (_, i) => anyEvent(workspaceId, i)),
      ),
    async round() {
      const claimed = await loop.runOnce();
      await loop.idle();
      expect(errors).toEqual([]);
      return claimed;
    },
    dueNow: async () => {
      await db.query("update outbox set due_at = now()");
      await db.query("update lane set ready_at = now(), parked_until = null");
    },
    attempts: async () =>
      (await db.query("select * from attempt where workspace_id = $1 order by n, started_at", [workspaceId])).rows,
    inSeconds: async () =>
      (
        await db.query<{ s: number }>(
          "select extract(epoch from due_at - now())::float8 as s from outbox where workspace_id = $1",
          [workspaceId],
        )
      ).rows.map((row) => row.s),
    async end() {
      await client.close();
      await receiver.close();
    },
  };
}

test("a destination whose certificates or secrets can't be used any more holds up nobody but itself", async () => {
  const { workspaceId, id, send, round, receiver } = await setup();
  const other = await makeDestination(db, workspaceId, { url: "http://127.0.0.1:9/other" });
  // As a newer OpenSSL that refuses an old certificate, or a row that was sealed with another key.
  const sealedElsewhere = Buffer.from("no ciphertext of this key, and long enough to be one");
  await db.query("update destination set secret = $2 where id = $1", [other.id, sealedElsewhere]);
  await send();
  expect(await round()).toBe(2);
  expect(receiver.stats().received).toBe(1);
  const { rows } = await db.query("select lane_id, outcome from attempt where workspace_id = $1", [workspaceId]);
  expect(rows).toEqual([{ lane_id: id, outcome: "succeeded" }]);
  // Nothing that waits there is used up: not an attempt, and not the rows behind it, one after the other.
  const waiting = "select attempts, due_at <= now() as due, lease from outbox where lane_id = $1";
  expect((await db.query(waiting, [other.id])).rows).toEqual([{ attempts: 0, due: true, lease: null }]);
  expect(await round()).toBe(0);
});

test("a destination that is changed while deliveries to it are prepared loses none of them", async () => {
  const { workspaceId, id, send, client } = await setup();
  /** Lets statements of this name wait. */
  let held: { name: string; until: Promise<void> } | null = null;
  const slow = Object.assign(Object.create(db) as Database, {
    async query(statement: { name?: string; text: string }, values?: unknown[]) {
      const gate = held?.name === statement.name || statement.text?.includes(held?.name ?? "\0") ? held : null;
      await gate?.until;
      return await db.query(statement, values);
    },
  });
  const deliveries = new WebhookDeliveries({ db: slow, box, client });
  await send();
  const options = { kind: "delivery" as const, lanes: 1, perLane: 1, limit: 1, leaseSeconds: 60, ahead: 1, lease: 1 };
  const [item] = await claim(db, options);
  expect((await deliveries.prepare([item!])).go).toHaveLength(1);

  const [events, destinations] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  held = { name: "event.load", until: events.promise };
  const first = deliveries.prepare([item!]);
  await updateDestination(db, workspaceId, id, { url: "http://127.0.0.1:9/new" });
  held = { name: "from destination d", until: destinations.promise };
  const second = deliveries.prepare([{ ...item!, laneVersion: item!.laneVersion + 1 }]);
  // The first one's event is there while the second one's destination is still being read.
  events.resolve();
  expect((await first).go).toHaveLength(1);
  destinations.resolve();
  expect((await second).go.map(({ destination }) => destination.target.url.pathname)).toEqual(["/new"]);
  // What was claimed before the change doesn't bring the old one back.
  const [late] = (await deliveries.prepare([item!])).go;
  expect(late!.destination.target.url.pathname).toBe("/new");
});

test("each answer is judged: 2xx alone is success, the rest is tried again after 5 s, and the log shows what came back", async () => {
  for (const [answer, expected] of [
    [{ status: 204 }, { outcome: "succeeded", code: null, status_code: 204 }],
    [
      { status: 500, body: "no\0luck" },
      { outcome: "retry", code: "http_500", status_code: 500, response_body: "no\u2400luck" },
    ],
    [
      { status: 302, headers: { location: "/elsewhere" } },
      { outcome: "retry", code: "http_302", detail: expect.stringContaining("redirects are not followed") },
    ],
    [{ reset: true }, { outcome: "retry", code: "connection_lost", status_code: null }],
  ] as const) {
    const t = await setup({}, answer);
    await t.send();
    expect(await t.round()).toBe(1);
    const [attempt, ...more] = await t.attempts();
    expect(more).toEqual([]);
    expect(attempt).toMatchObject({ n: 1, ...expected });
    expect(attempt!.request_headers).toMatch(/webhook-signature: v1,/);
    const waits = await t.inSeconds();
    if (expected.outcome === "succeeded") expect(waits).toEqual([]);
    else {
      expect(waits[0]).toBeGreaterThan(3.5);
      expect(waits[0]).toBeLessThan(6.1);
    }
    await t.end();
  }
});

test("the schedule is 5 s, 30 s, 2 min, 15 min, 1 h, 3 h, 6 h, 12 h, 24 h, 24 h, under one event ID; then it has failed", async () => {
  const t = await setup();
  t.receiver.always({ status: 503 });
  await t.send();
  const schedule = [5, 30, 120, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400];
  for (const seconds of schedule) {
    expect(await t.round()).toBe(1);
    const [wait] = await t.inSeconds();
    expect(wait).toBeGreaterThan(seconds - 2);
    expect(wait).toBeLessThan(seconds * 1.2 + 1);
    await t.dueNow();
  }
  expect(await t.round()).toBe(1);
  expect(await t.inSeconds()).toEqual([]);
  const attempts = await t.attempts();
  expect(attempts.map((attempt) => attempt.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(attempts.at(-1)).toMatchObject({ outcome: "failed", final: true });
  expect(t.receiver.stats()).toMatchObject({ received: 11, signaturesValid: 11, distinctEvents: 1 });
  await t.end();
});

test("an event whose body can't be made is a failed attempt, and what throws all the same is left to its lease", async () => {
  const t = await setup({ format: "apten" });
  // As a newer version queued it, which knows how to say it in this format.
  const event = anyEvent(t.workspaceId, 0, Date.now() - 60_000);
  await storePastEvents(db, [event]);
  await db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now())", [
    ...[t.workspaceId, t.id, event.id],
  ]);
  await t.dueNow();
  await t.round();
  const detail = "The body could not be made: The apten format can't express campaign.started.";
  expect(await t.attempts()).toMatchObject([{ outcome: "retry", code: "body_failed", detail }]);
  await t.dueNow();
  const work = Reflect.get(t.loop, "work") as WebhookDeliveries;
  const open = (Reflect.get(work, "opened") as Map<string, OpenDestination>).get(t.id)!;
  open.body = () => "{}";
  open.format = {
    ...open.format,
    sign() {
      throw new Error("no key");
    },
  };
  await t.round();
  expect((await t.attempts()).at(-1)).toMatchObject({
    ...{ outcome: "retry", code: "body_failed", detail: "The body could not be signed: no key" },
  });
  await t.dueNow();
  work.perform = () => {
    throw new Error("a bug");
  };
  expect(await t.loop.runOnce()).toBe(1);
  await t.loop.idle();
  const { rows } = await db.query("select lease is not null as leased from outbox where lane_id = $1", [t.id]);
  expect(rows).toEqual([{ leased: true }]);
  await t.end();
});

test("410 disables the destination, and its waiting deliveries stay; what got it counts as missed", async () => {
  const t = await setup({ connections: 1 }, { status: 410 });
  // As one that was tried for some minutes, or waited behind others.
  const old = Date.now() - 600_000;
  const event = anyEvent(t.workspaceId, 0, old);
  await storePastEvents(db, [event]);
  await db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now())", [
    ...[t.workspaceId, t.id, event.id],
  ]);
  await t.dueNow();
  await t.round();
  expect(await getDestination(db, t.workspaceId, t.id)).toMatchObject({
    status: "disabled",
    statusReason: expect.stringContaining("410"),
    missedSince: new Date(old),
  });
  await t.send(1);
  expect(await t.round()).toBe(0);
  expect(t.receiver.stats().received).toBe(1);
  await t.end();
});

test("a 410 of the URL that a destination had before doesn't end it: the event is delivered to the new one", async () => {
  const gate = Promise.withResolvers<void>();
  const t = await setup({ connections: 1 }, { status: 410, hold: { pass: () => gate.promise } as never });
  await t.send(1);
  await t.loop.runOnce();
  await t.receiver.waitFor(1);
  await updateDestination(db, t.workspaceId, t.id, { url: `${t.receiver.url}/hook?moved` });
  gate.resolve();
  await t.loop.idle();
  expect(await getDestination(db, t.workspaceId, t.id)).toMatchObject({ status: "active", missedSince: null });
  expect(await t.attempts()).toMatchObject([{ outcome: "retry", final: false, status_code: 410 }]);
  await t.dueNow();
  await t.round();
  expect((await t.attempts()).at(-1)).toMatchObject({ outcome: "succeeded" });
  await t.end();
});

test("410 and the outcome of its delivery are one transaction, and the other destinations are told", async () => {
  const t = await setup({ connections: 1 }, { status: 410 });
  const other = await makeDestination(db, t.workspaceId, { eventTypes: ["destination.disabled"] });
  await db.query("update lane set parked_until = now() + interval '1 hour' where id = $1", [other.id]);
  await t.send(1);
  await t.round();
  const { rows } = await db.query<{ data: string }>(
    "select e.data from event e join outbox o on o.ref = e.id where o.lane_id = $1 and e.type = 'destination.disabled'",
    [other.id],
  );
  expect(rows.map((row) => JSON.parse(row.data))).toMatchObject([{ destinationId: t.id, disabledBy: "system" }]);
  const { rows: marks } = await db.query<{ same: boolean }>(
    "select d.xmin = l.xmin as same from destination d join lane l on l.id = d.id where d.id = $1",
    [t.id],
  );
  expect(marks).toEqual([{ same: true }]);
  await t.end();
});

test("a destination's own schedule holds for it, and is used up after its last wait", async () => {
  const t = await setup();
  await updateDestination(db, t.workspaceId, t.id, { retrySchedule: [3, 700] });
  t.receiver.always({ status: 503 });
  await t.send();
  for (const seconds of [3, 700]) {
    await t.round();
    const [wait] = await t.inSeconds();
    expect(wait).toBeGreaterThan(seconds - 2);
    expect(wait).toBeLessThan(seconds * 1.2 + 1);
    await t.dueNow();
  }
  await t.round();
  expect((await t.attempts()).map((attempt) => attempt.outcome)).toEqual(["retry", "retry", "failed"]);
  await t.end();
});

test("Retry-After, in seconds or as a date, is kept between a second and a day, and the attempt says what was asked", async () => {
  const date = new Date(Date.now() + 7_200_000).toUTCString();
  for (const [header, low, high, said] of [
    ["600", 590, 601, 'It asked to wait 600 s by "Retry-After: 600".'],
    [date, 7_100, 7_201, `by "Retry-After: ${date}".`],
    ["9999999999", 86_390, 86_401, "(at most a day is waited)"],
    ["0", 3, 7, "(at least a second is waited)"],
    ["soon", 3, 7, "neither a number of seconds nor an HTTP date"],
    [["soon", "30", "600", "5"], 590, 601, 'It asked to wait 600 s by "Retry-After: 600".'],
  ] as const) {
    const t = await setup({}, { status: 500, headers: { "retry-after": header as string } });
    await t.send();
    await t.round();
    const [wait] = await t.inSeconds();
    expect(wait, String(header)).toBeGreaterThan(low);
    expect(wait, String(header)).toBeLessThan(high);
    const [attempt] = await t.attempts();
    expect(attempt!.detail).toContain(said);
    expect(attempt!.detail).toContain("The receiver answered 500");
    await t.end();
  }
});

test("429 with Retry-After parks the whole destination that long", async () => {
  const t = await setup({ connections: 1 }, { status: 429, headers: { "retry-after": "120" } });
  await t.send(1);
  await t.round();
  await t.send(1);
  expect(await t.round()).toBe(0);
  const { rows } = await db.query(
    "select extract(epoch from parked_until - now())::int as s, parked_reason from lane where id = $1",
    [t.id],
  );
  expect(rows[0]!.s).toBeGreaterThan(110);
  expect(rows[0]!.parked_reason).toContain("429");
  // Also where the delivery itself has no attempt left: others wait for the same receiver.
  await updateDestination(db, t.workspaceId, t.id, { retrySchedule: [1] });
  await db.query("update outbox set attempts = 1, due_at = now() where attempts = 0");
  await db.query("update lane set ready_at = now(), parked_until = null, max_leased = 1");
  t.receiver.next({ status: 429, headers: { "retry-after": "60" } });
  await t.round();
  const parked = await db.query("select parked_until > now() as yes from lane where id = $1", [t.id]);
  expect(parked.rows).toEqual([{ yes: true }]);
  await t.end();
});

test("an answer that does not come, or does not end, ends at the time limit; a long one is cut at 16 KiB and counts", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const t = await setup({ timeoutMs: 150, url: `http://127.0.0.1:${(silent.address() as { port: number }).port}/` });
  await t.send();
  await t.round();
  expect((await t.attempts())[0]).toMatchObject({ outcome: "retry", code: "timeout", status_code: null });
  await t.end();
  silent.close();

  const long = await setup({}, { status: 200, body: "x".repeat(200_000) });
  await long.send();
  await long.round();
  const [attempt] = await long.attempts();
  expect(attempt).toMatchObject({ outcome: "succeeded" });
  expect(attempt!.response_body).toHaveLength(16 * 1024);
  await long.end();
});

test("during a rotation herald signs with both secrets, the other formats in turn; after 24 hours the old one signs no more", async () => {
  const old = await setup({ format: "herald" });
  const fresh = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const seal = (secret: string) => box.seal(secret, `${old.workspaceId}/${old.id}`);
  const rotate = (until: Date) =>
    updateDestination(db, old.workspaceId, old.id, {
      secret: seal(fresh),
      previousSecret: seal(old.secret),
      previousSecretUntil: until,
    });
  await rotate(new Date(Date.now() + 60_000));
  await old.send();
  await old.round();
  // The receiver has only the old secret.
  expect(old.receiver.stats()).toMatchObject({ signaturesValid: 1, signaturesInvalid: 0 });
  await rotate(new Date(Date.now() - 1));
  await old.send();
  await old.round();
  expect(old.receiver.stats()).toMatchObject({ signaturesValid: 1, signaturesInvalid: 1 });
  // Of two rotations within a day the first secret keeps its time.
  const older = (until: number) =>
    updateDestination(db, old.workspaceId, old.id, {
      previousSecret: seal(fresh),
      previousSecretUntil: new Date(Date.now() + 60_000),
      olderSecrets: JSON.stringify([{ secret: seal(old.secret).toString("base64"), until: new Date(until) }]),
    });
  await older(Date.now() + 50_000);
  await old.dueNow();
  await old.round();
  expect(old.receiver.stats()).toMatchObject({ signaturesValid: 2, signaturesInvalid: 1 });
  await older(Date.now() - 1);
  await old.send();
  await old.round();
  expect(old.receiver.stats()).toMatchObject({ signaturesValid: 2, signaturesInvalid: 2 });
  await old.end();

  const one = await setup({ format: "sendpilot" });
  await updateDestination(db, one.workspaceId, one.id, {
    secret: box.seal("a-new-secret-of-32-characters-00", `${one.workspaceId}/${one.id}`),
    previousSecret: box.seal(one.secret, `${one.workspaceId}/${one.id}`),
    previousSecretUntil: new Date(Date.now() + 60_000),
  });
  await one.send();
  await one.round();
  await one.dueNow();
  await one.round();
  expect(one.receiver.stats()).toMatchObject({ received: 2, signaturesInvalid: 1, signaturesValid: 1 });
  await one.end();
});

test("during a rotation a receiver that still has the old secret gets all, and its breaker stays closed", async () => {
  const t = await setup({ format: "sendpilot" });
  await updateDestination(db, t.workspaceId, t.id, {
    secret: box.seal("a-new-secret-of-32-characters-00", `${t.workspaceId}/${t.id}`),
    previousSecret: box.seal(t.secret, `${t.workspaceId}/${t.id}`),
    previousSecretUntil: new Date(Date.now() + 60_000),
  });
  // As many first attempts under way as would open a breaker.
  await db.query("update lane set max_leased = 12 where id = $1", [t.id]);
  await t.send(30);
  while ((await t.round()) > 0);
  const lane = "select broken_at, bad_streak from lane where id = $1";
  expect((await db.query(lane, [t.id])).rows).toEqual([{ broken_at: null, bad_streak: 0 }]);
  expect(t.receiver.stats()).toMatchObject({ signaturesInvalid: 12, signaturesValid: 18 });
  await t.dueNow();
  while ((await t.round()) > 0);
  expect(t.receiver.stats()).toMatchObject({ signaturesInvalid: 12, distinctEvents: 30 });

  // A 400 of who has taken what was signed so is about the event.
  t.receiver.next({ status: 400 });
  await t.send(1);
  await t.round();
  await t.dueNow();
  await t.round();
  expect(t.receiver.stats()).toMatchObject({ signaturesInvalid: 12, distinctEvents: 31 });
  // What it refuses for another reason makes Herald try the new one, and come back.
  t.receiver.next({ status: 403 });
  for (let rounds = 0; rounds < 3; rounds++) {
    if (rounds === 0) await t.send();
    await t.dueNow();
    await t.round();
  }
  expect(t.receiver.stats()).toMatchObject({ signaturesInvalid: 13, distinctEvents: 32 });
  await t.end();
});

test("a stop begins nothing that still waits for a connection, and it is due again at once", async () => {
  const t = await setup({ connections: 1 });
  const gate = Promise.withResolvers<void>();
  t.receiver.next({ hold: { pass: () => gate.promise } as never });
  await t.send(5);
  await t.loop.runOnce();
  await t.receiver.waitFor(1);
  t.client.drain();
  gate.resolve();
  await t.loop.idle();
  expect(t.receiver.stats().received).toBe(1);
  expect((await t.inSeconds()).every((s) => s < 1)).toBe(true);
  expect(await t.attempts()).toHaveLength(1);
  expect((await db.query("select leased from lane where id = $1", [t.id])).rows).toEqual([{ leased: 0 }]);
  await t.end();
});

test("a receiver that asks for a pause gets nothing of what was leased before, and that is due again without an attempt", async () => {
  const t = await setup({ connections: 1 }, { status: 429, headers: { "retry-after": "120" } });
  await t.send(5);
  expect(await t.round()).toBe(5);
  expect(t.receiver.stats().received).toBe(1);
  expect(await t.attempts()).toHaveLength(1);
  expect((await t.inSeconds()).filter((s) => s < 1)).toHaveLength(4);
  // Once the pause is over, or lifted, they go out.
  await t.dueNow();
  // Fewer at once: its places were halved.
  expect([await t.round(), await t.round()]).toEqual([4, 1]);
  expect(t.receiver.stats()).toMatchObject({ received: 6, signaturesValid: 6, distinctEvents: 5 });
  await t.end();
});

test("what has waited long for its connection is signed anew: its signature is not too old for the receiver", async () => {
  const t = await setup({ connections: 1 });
  const gate = Promise.withResolvers<void>();
  t.receiver.next({ hold: { pass: () => gate.promise } as never });
  await t.send(2);
  await t.loop.runOnce();
  await t.receiver.waitFor(1);
  // Receivers refuse what was signed more than five minutes ago.
  const later = Date.now() + 10 * 60_000;
  vi.useFakeTimers({ toFake: ["Date"], now: later });
  onTestFinished(() => void vi.useRealTimers());
  gate.resolve();
  await t.receiver.waitFor(2);
  await t.loop.idle();
  expect(t.receiver.stats()).toMatchObject({ received: 2, signaturesValid: 2 });
  const [, second] = await t.attempts();
  expect(Math.abs(second!.started_at.getTime() - later)).toBeLessThan(60_000);
  expect(second!.request_headers).toContain(`webhook-timestamp: ${Math.floor(second!.started_at.getTime() / 1000)}\n`);
  await t.end();
});

test("results wait for company only while there is some under way", async () => {
  const t = await setup({ settleWaitMs: 600_000 });
  // The first round makes it a load, under which results wait that long.
  for (const sent of [8, 16]) {
    await t.send(8);
    expect(await t.round()).toBe(8);
    expect(await t.attempts()).toHaveLength(sent);
  }
  await t.end();
});

test("a receiver beside twenty that hang, in a process that can hold few, gets what waits for it", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const t = await setup({});
  const bad = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
  for (let i = 0; i < 20; i++) await makeDestination(db, t.workspaceId, { url: `${bad}/${i}` });
  // All but the last of these come first in each round.
  await t.send(100);
  await db.query("update lane set ready_at = now() + interval '1 millisecond' where id = $1", [t.id]);
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client: t.client }), {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 250, onError: () => {} },
  });
  loop.start();
  await t.receiver.waitFor(100);
  const { rows } = await db.query<{ leased: number }>("select leased from lane where id <> $1 order by 1", [t.id]);
  expect(rows.map(({ leased }) => leased)).toEqual(Array(20).fill(8));
  silent.close();
  await t.end();
  await loop.stop();
});

test("ten failures in a row leave what waits here for a connection without an attempt, and the destination in peace", async () => {
  const t = await setup({ connections: 1 });
  await db.query("update lane set max_leased = 40");
  t.receiver.always({ status: 500 });
  await t.send(40);
  await t.round();
  expect(t.receiver.stats().received).toBe(10);
  expect(await t.attempts()).toHaveLength(10);
  const { rows } = await db.query("select count(*)::int as n, sum(attempts)::int as attempts from outbox");
  expect(rows).toEqual([{ n: 40, attempts: 10 }]);
  expect(await t.round()).toBe(0);
  await t.dueNow();
  t.receiver.always({ status: 200 });
  expect([await t.round(), await t.round()]).toEqual([1, 8]);
  while ((await t.round()) > 0);
  expect(t.receiver.stats()).toMatchObject({ received: 50, distinctEvents: 40 });
  await t.end();
});
