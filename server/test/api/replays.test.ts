import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import { settle } from "../../src/db/outbox.ts";
import { ReplayFeeder } from "../../src/destinations/replay-feeder.ts";
import { outcome, take } from "../destinations/replay-setup.ts";
import { anyEvent, makeDestination, storePastEvents } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
let feeder: ReplayFeeder;
let destination: string;
beforeAll(async () => {
  api = await setup();
  feeder = new ReplayFeeder({ db: api.db, wakeDeliveries: () => {}, onError: () => {} });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("truncate outbox, lane, destination, event, attempt, replay, replay_target, replay_tally");
  destination = (await makeDestination(api.db, api.workspaceId, { concurrency: 10_000 })).id;
});

/** Stores events, by default of a minute ago, that nobody waits for; their IDs. */
async function record(count: number, at = Date.now() - 60_000): Promise<string[]> {
  const events = Array.from({ length: count }, (_, n) => anyEvent(api.workspaceId, n, at + n));
  await storePastEvents(api.db, events);
  return events.map((event) => event.id);
}

const post = (path: string, body: object = {}) => api.call("POST", path, { body });
const everything = { from: "1970-01-01T00:00:00Z" };
const get = async (id: string) => (await api.call("GET", `/v1/replays/${id}`)).body;

/** Feeds and delivers until nothing moves any more; what was delivered. */
async function deliver(): Promise<string[]> {
  const refs: string[] = [];
  for (let idle = 0; idle < 2; ) {
    await api.db.query("update replay_target set next_at = now()");
    const { queued } = await feeder.runOnce();
    const items = await take(api.db);
    if (items.length > 0) {
      await settle(
        api.db,
        "delivery",
        items.map((item) => outcome(item, "succeeded")),
      );
    }
    refs.push(...items.map((item) => item.ref));
    idle = queued === 0 && items.length === 0 ? idle + 1 : 0;
  }
  return refs;
}

test("a replay is made, shows how far it is, and ends", async () => {
  const ids = await record(5);
  const to = new Date(Date.now() - 10_000).toISOString();
  const { status, body } = await post("/v1/replays", { destinationId: destination, to, eventTypes: ["campaign.*"] });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    ...{ status: "running", origin: "request", destinations: 1, from: null, to, only: "all", rate: null },
    eventTypes: ["campaign.started", "campaign.paused", "campaign.resumed", "campaign.finished"],
    progress: { counted: 0, counting: true, queued: 0, waiting: 0, delivered: 0, failed: 0, dropped: 0 },
    finishedAt: null,
  });
  await feeder.runOnce();
  expect((await get(body.id)).progress).toMatchObject({ counted: 5, counting: false, queued: 5, waiting: 5 });
  expect(await deliver()).toEqual(ids);
  expect(await get(body.id)).toMatchObject({
    status: "finished",
    finishedAt: expect.any(String),
    progress: { queued: 5, waiting: 0, delivered: 5 },
    targets: [{ destinationId: destination, status: "finished", progress: { delivered: 5 } }],
  });
  expect((await api.call("GET", "/v1/replays")).body.data).toMatchObject([{ id: body.id, status: "finished" }]);
  const ofDestination = async (id: string) => (await api.call("GET", `/v1/replays?destinationId=${id}`)).body.data;
  expect(await ofDestination(destination)).toMatchObject([{ id: body.id }]);
  expect(await ofDestination("dst_other")).toEqual([]);
});

test("what makes no sense is refused by its field, with what to do", async () => {
  await record(1);
  const reason = async (body: object) => {
    const { status, body: answer } = await post("/v1/replays", body);
    expect(status).toBe(400);
    expect(answer.details).toHaveLength(1);
    return `${answer.details[0].field}: ${answer.details[0].reason}`;
  };
  expect(await reason({ eventTypes: ["message.snet"] })).toMatch(
    /^eventTypes.0: No event is called "message.snet"; there are: message.sent/,
  );
  expect(await reason({ eventTypes: ["message.*", "mesage.*"] })).toMatch(/^eventTypes.1: /);
  expect(await reason({ eventTypes: [] })).toMatch(/^eventTypes: /);
  expect(await reason({ from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z" })).toMatch(/^from: .*earlier/);
  expect(await reason({ from: "2199-01-01T00:00:00Z" })).toMatch(/^from: .*future/);
  expect(await reason({ from: "yesterday" })).toMatch(/^from: /);
  expect(await reason({ rate: 0 })).toMatch(/^rate: /);
  expect(await reason({ rate: 1e9 })).toMatch(/^rate: /);
  expect(await reason({ only: "some" })).toMatch(/^only: /);
  expect(await reason({ eventId: "evt_1767605400000_k3v9x0q2a", to: "2026-01-02T00:00:00Z" })).toMatch(/^eventId: /);
  expect((await post("/v1/replays", { eventId: "evt_1767605400000_k3v9x0q2a" })).status).toBe(404);
  expect((await post("/v1/replays", { destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n" })).status).toBe(404);
  for (const [field, id] of [
    ["leadId", "lead_01k9d3v0x5e0rb1v6m2z8q4w7n"],
    ["campaignId", "camp_01k9d3v0x5e0rb1v6m2z8q4w7n"],
  ]) {
    const { status, body } = await post("/v1/replays", { [field as string]: id });
    expect({ status, details: body.details }).toMatchObject({ status: 404, details: [{ field }] });
    expect(body.message).toContain(id);
  }
  expect((await api.db.query("select 1 from replay")).rowCount).toBe(0);
});

test("the whole log to everybody is delivered again only to who says so", async () => {
  await record(3);
  for (const body of [{}, { rate: 5 }, { only: "all" }]) {
    const refused = await post("/v1/replays", body);
    expect(refused, JSON.stringify(body)).toMatchObject({ status: 400, body: { details: [{ field: "from" }] } });
    expect(refused.body.message).toContain("every active destination");
  }
  for (const body of [everything, { destinationId: destination }, { only: "failed" }, { eventTypes: ["*"] }])
    expect((await post("/v1/replays", body)).status, JSON.stringify(body)).toBe(201);
});

test("a time in the future ends now: what comes later is delivered anyway", async () => {
  const before = Date.now();
  const { body } = await post("/v1/replays", { to: "2199-01-01T00:00:00Z" });
  expect(Date.parse(body.to)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(body.to)).toBeLessThanOrEqual(Date.now());
});

test("a disabled destination refuses and says how to enable it; without an active one there is nothing to replay to", async () => {
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  const refused = await post("/v1/replays", { destinationId: destination });
  expect(refused.body).toMatchObject({ statusCode: 409, code: "invalid_state" });
  expect(refused.body.message).toContain(`/v1/destinations/${destination}/enable`);
  expect((await post("/v1/replays", everything)).body.message).toContain("no active destination");
});

test("disabling or deleting a destination stops its replay, and says so", async () => {
  await record(100);
  const other = (await makeDestination(api.db, api.workspaceId)).id;
  const first = (await post("/v1/replays", { destinationId: destination })).body.id;
  const second = (await post("/v1/replays", { destinationId: other })).body.id;
  await feeder.runOnce();
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  expect(await get(first)).toMatchObject({ status: "stopped", reason: expect.stringContaining("disabled") });
  expect((await get(second)).status).toBe("running");
  await api.call("DELETE", `/v1/destinations/${other}`);
  expect(await get(second)).toMatchObject({ status: "stopped", reason: "The destination was deleted." });
});

test("a cancelled replay stays cancelled; one that is over is refused", async () => {
  await record(50);
  const { id } = (await post("/v1/replays", everything)).body;
  await feeder.runOnce();
  for (let n = 0; n < 2; n++)
    expect((await post(`/v1/replays/${id}/cancel`)).body).toMatchObject({
      status: "cancelled",
      progress: { waiting: 0 },
    });
  const done = (await post("/v1/replays", { to: new Date(Date.now() - 10_000).toISOString() })).body.id;
  await deliver();
  expect((await post(`/v1/replays/${done}/cancel`)).body).toMatchObject({
    ...{ statusCode: 409, message: "The replay is finished already." },
  });
  expect((await post("/v1/replays/replay_x/cancel")).status).toBe(404);
});

test("one event goes to one destination, or to all, as often as it is asked for, under its ID", async () => {
  const [, event] = await record(3);
  const other = (await makeDestination(api.db, api.workspaceId)).id;
  expect((await post(`/v1/events/${event}/replay`, { destinationId: other })).body).toMatchObject({ destinations: 1 });
  expect(await deliver()).toEqual([event]);
  expect((await post(`/v1/events/${event}/replay`)).body).toMatchObject({ destinations: 2, eventId: event });
  expect(await deliver()).toEqual([event, event]);
  expect((await post("/v1/events/evt_1767605400000_k3v9x0q2a/replay")).status).toBe(404);
});

test("one event whose delivery waits, or isn't among those asked for, is not queued, and the replay says why", async () => {
  const [event] = await record(1);
  await post(`/v1/events/${event}/replay`);
  await feeder.runOnce();
  const { id } = (await post(`/v1/events/${event}/replay`)).body;
  await feeder.runOnce();
  const waits = expect.stringContaining("The event's delivery waits already and goes out once");
  expect(await get(id)).toMatchObject({
    ...{ status: "finished", reason: waits, progress: { counted: 0, queued: 0 } },
    targets: [{ status: "finished", reason: waits }],
  });
  expect(await deliver()).toEqual([event]);
  const missed = (await post("/v1/replays", { eventId: event, only: "never_attempted" })).body.id;
  expect(await deliver()).toEqual([]);
  expect(await get(missed)).toMatchObject({
    status: "finished",
    reason: "Nothing was queued: the event was sent before.",
  });
  // At one of two destinations: the replay has done something, and the target says what it has not.
  const other = await makeDestination(api.db, api.workspaceId);
  const both = (await post("/v1/replays", { eventId: event, only: "never_attempted" })).body.id;
  expect(await deliver()).toEqual([event]);
  expect(await get(both)).toMatchObject({ status: "finished", reason: null });
  const reasons = (await get(both)).targets.map(({ destinationId, reason }: never) => [destinationId, reason]);
  expect(new Map(reasons)).toEqual(
    new Map([
      [destination, "Nothing was queued: the event was sent before."],
      [other.id, null],
    ]),
  );
});

test("a range that queues nothing says of what there was none", async () => {
  const reasonOf = async (body: object) => {
    const to = new Date(Date.now() - 10_000).toISOString();
    const { id } = (await post("/v1/replays", { ...everything, to, ...body })).body;
    expect(await deliver()).toEqual([]);
    return (await get(id)).reason;
  };
  const taken = "this destination takes (see its event types, channels, campaigns, tags and statuses)";
  const nothing = (which: string) =>
    `Nothing was queued: in this time there is no event that ${taken}${which}. What waits for the destination already isn't counted.`;
  // All types are no condition, of which the reason would list each.
  expect(await reasonOf({ eventTypes: ["*"] })).toBe(nothing(""));
  await record(2);
  expect(await reasonOf({ eventTypes: ["message.failed"], only: "failed" })).toBe(
    nothing(" and that is of the given types (message.failed) and that failed for good when it was last sent there"),
  );
  const [leadId] = (await post("/v1/leads", { leads: [{ email: "ada@example.com" }] })).body.leadIds;
  await deliver();
  expect(await reasonOf({ leadId, only: "undelivered" })).toBe(
    nothing(` and that is about the lead ${leadId} and that has not arrived there`),
  );
});

test("one event that a destination doesn't take is refused with the filter that leaves it out, or the format", async () => {
  const [event] = await record(1);
  const refusedBy = async (path: string, body: object) => {
    const answer = await post(path, body);
    expect(answer.body).toMatchObject({ statusCode: 422, code: "unprocessable" });
    return answer.body.message as string;
  };
  const replay = `/v1/events/${event}/replay`;
  await api.call("PATCH", `/v1/destinations/${destination}`, {
    body: { eventTypes: ["message.*"], channels: ["sms"] },
  });
  const named = { destinationId: destination };
  const why = await refusedBy(replay, named);
  expect(why).toContain(`${destination} doesn't take this event (campaign.started): its eventTypes and channels leave`);
  expect(await refusedBy("/v1/replays", { ...named, eventId: event })).toBe(why);
  // It is the only one.
  expect(await refusedBy(replay, {})).toContain("No active destination takes this event (campaign.started)");
  const apten = await makeDestination(api.db, api.workspaceId, { format: "apten" });
  expect(await refusedBy(replay, { destinationId: apten.id })).toContain("The format apten can't say this event");
  await makeDestination(api.db, api.workspaceId);
  expect((await post(replay)).status).toBe(201);
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  expect((await post(replay, named)).body).toMatchObject({ code: "invalid_state" });
  // Of its own disabling a destination isn't told, others are.
  const { rows } = await api.db.query<{ id: string }>("select id from event where type = 'destination.disabled'");
  await api.call("POST", `/v1/destinations/${destination}/enable`);
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { eventTypes: null, channels: null } });
  expect(await refusedBy(`/v1/events/${rows[0]!.id}/replay`, named)).toContain("its own disabling");
});

test("calls whose fields may all be left out need no body", async () => {
  const [event] = await record(1);
  const { id } = await makeDestination(api.db, api.workspaceId);
  const call = async (path: string) => (await api.call("POST", path)).status;
  expect(await call(`/v1/events/${event}/replay`)).toBe(201);
  expect(await call(`/v1/destinations/${id}/enable`)).toBe(200);
  expect(await call(`/v1/destinations/${id}/preview`)).toBe(200);
  // There is none; the body is what is looked at first.
  expect(await call("/v1/campaigns/camp_01kaj3bq8mfq7r6z2x5s9tn4wd/simulate")).toBe(404);
  await deliver();
});

test("a hundred replays run at once, and no more", async () => {
  await api.db.query(
    `with r as (insert into replay (workspace_id, id, origin, to_at, selection)
       select $1, 'replay_' || n, 'request', now(), 'all' from generate_series(1, 100) n returning id)
     insert into replay_target (workspace_id, replay_id, destination_id, counted_at, fed_at) select $1, id, 'dest', now(), now() from r`,
    [api.workspaceId],
  );
  expect((await post("/v1/replays", everything)).body).toMatchObject({
    statusCode: 409,
    message: expect.stringContaining("100"),
  });
});

test("pages show each replay once, the newest first", async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.unshift((await post("/v1/replays", everything)).body.id);
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await api.call("GET", `/v1/replays?limit=2${cursor}`);
    seen.push(...body.data.map((replay: { id: string }) => replay.id));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(seen).toEqual(made.toSorted().toReversed());
});

test("another workspace sees no replay, and can't use this one's destinations and events", async () => {
  const [event] = await record(1);
  const { id } = (await post("/v1/replays", everything)).body;
  await api.db.query("insert into workspace (id, name) values ('ws_other', 'Other') on conflict do nothing");
  const key = await api.secretOf("admin", "ws_other");
  for (const [method, path, body] of [
    ["GET", `/v1/replays/${id}`],
    ["POST", `/v1/replays/${id}/cancel`],
    ["POST", `/v1/events/${event}/replay`, {}],
    ["POST", "/v1/replays", { destinationId: destination }],
    ["POST", `/v1/destinations/${destination}/enable`, {}],
  ] as const) {
    expect((await api.call(method, path, { key, ...(body ? { body } : {}) })).status, path).toBe(404);
  }
  expect((await api.call("GET", "/v1/replays", { key })).body.data).toEqual([]);
  expect((await get(id)).status).toBe("running");
});

test("a destination that is filled from history gets everything once, and nothing twice at the seam", async () => {
  const old = await record(40);
  const url = "http://127.0.0.1:9/";
  const { body } = await post("/v1/destinations", { url, history: { from: new Date(0).toISOString() } });
  expect(body.replay).toMatchObject({ origin: "history", only: "never_attempted", status: "running" });
  await api.db.query("delete from destination where id = $1", [destination]);
  // After its creation: delivered live, though the replay's range goes on for some seconds.
  const live = anyEvent(api.workspaceId, 1);
  await recordEvents(api.db, [live]);
  // Stored by a transaction that didn't see the destination yet, and committed late.
  const unseen = anyEvent(api.workspaceId, 2);
  await recordEvents(api.db, [unseen]);
  await api.db.query("delete from outbox where ref = $1", [unseen.id]);
  // Not the seconds that the range goes on for: all that matters for it has happened.
  await api.db.query("update replay set to_at = now()");
  const delivered: string[] = [];
  await expect
    .poll(
      async () => {
        delivered.push(...(await deliver()));
        return (await get(body.replay.id)).status;
      },
      { timeout: 120_000 },
    )
    .toBe("finished");
  expect(delivered.sort()).toEqual([...old, live.id, unseen.id].sort());
  expect((await post("/v1/destinations", { url, history: { from: "2199-01-01T00:00:00Z" } })).body).toMatchObject({
    ...{ statusCode: 400, details: [{ field: "history.from" }] },
  });
});

test("enabling says what was missed and since when; recover sends exactly that, now or later, and once", async () => {
  const events = await record(3, Date.now() - 200_000);
  const disabledAt = Date.now() - 120_000;
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  await api.db.query("update destination set missed_since = to_timestamp($1::float8 / 1000)", [disabledAt]);
  const missed = await record(30);
  // One of them was queued before, and waits.
  await api.db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now())", [
    ...[api.workspaceId, destination, missed[7]],
  ]);
  await api.db.query("update lane set ready_at = now()");
  const enable = (body: object) => post(`/v1/destinations/${destination}/enable`, body);
  const first = (await enable({})).body;
  expect(first).toMatchObject({
    destination: { status: "active", statusReason: null, missedSince: new Date(disabledAt).toISOString() },
    missed: { events: 29, atLeast: false, since: new Date(disabledAt).toISOString(), until: expect.any(String) },
    replay: null,
  });
  expect(await deliver()).toEqual([missed[7]]);
  const second = (await enable({ recover: true })).body;
  expect(second).toMatchObject({
    destination: { status: "active", missedSince: null },
    missed: { events: 29, until: first.missed.until },
    replay: { origin: "recovery", only: "undelivered", status: "running" },
  });
  const delivered = await deliver();
  expect(delivered).toEqual(missed.filter((id) => id !== missed[7]));
  expect(delivered).not.toContain(events[0]);
  expect((await enable({ recover: true })).body).toMatchObject({ missed: null, replay: null });
});

test("what a recovery that was cancelled or stopped had not sent is offered again, and the rest is not", async () => {
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  await api.db.query("update destination set missed_since = now() - interval '120 seconds'");
  const missed = await record(100);
  const enable = (body: object) => post(`/v1/destinations/${destination}/enable`, body);
  const first = (await enable({ recover: true })).body.replay.id;
  await feeder.runOnce();
  const taken = await take(api.db);
  expect(taken.length).toBeLessThan(100);
  await settle(
    api.db,
    "delivery",
    taken.map((item) => outcome(item, "succeeded")),
  );
  expect(await post(`/v1/replays/${first}/cancel`)).toMatchObject({ status: 200 });
  expect((await enable({})).body.missed).toMatchObject({ events: 100 - taken.length });
  expect((await enable({ recover: true })).body.destination.missedSince).toBe(null);
  // Before anything of it was queued.
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  expect((await enable({ recover: true })).body.missed).toMatchObject({ events: 100 - taken.length });
  expect((await deliver()).sort()).toEqual(missed.filter((id) => !taken.some((item) => item.ref === id)).sort());
  expect((await enable({})).body.missed).toBe(null);
});

test("of a long gap as many events are counted as fit into a second or two", async () => {
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  await api.db.query("update destination set missed_since = now() - interval '10 minutes'");
  await api.db.query(
    `insert into event (workspace_id, at, id, type, formats, data)
     select $1, now() - interval '5 minutes', 'evt_' || lpad(n::text, 13, '0') || '_aaaaaaaaa', 'message.sent', 1, '{}'
     from generate_series(1, 100050) n`,
    [api.workspaceId],
  );
  expect((await post(`/v1/destinations/${destination}/enable`)).body.missed).toMatchObject({
    ...{ events: 100_000, atLeast: true },
  });
});
