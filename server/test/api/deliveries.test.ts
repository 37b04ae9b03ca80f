import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deliveriesOfEvent, finishedDeliveries, retryDelivery } from "../../src/db/delivery.ts";
import { loadEvents, recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import { type AttemptRecord, claim, settle } from "../../src/db/outbox.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { storedEvent } from "../../src/destinations/webhook/stored-event.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { makeDestination } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
let destination: string;
let lease = 1;

beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("delete from lane");
  await api.db.query("delete from outbox");
  await api.db.query("delete from destination");
  destination = (await makeDestination(api.db, api.workspaceId)).id;
});

/** Records `count` events, oldest first; returns their IDs. */
async function record(count: number): Promise<string[]> {
  const data = {
    campaignId: "camp_1",
    campaignName: "A",
    pausedAt: new Date(0).toISOString(),
    pausedBy: "api" as const,
  };
  const now = Date.now() - count;
  const events = Array.from({ length: count }, (_, n) =>
    newEvent(api.workspaceId, "campaign.paused", { ...data, campaignName: `Of ${now}, ${n}` }, {}, now + n),
  );
  await recordEvents(api.db, events);
  // Where that took long (a first connection, a busy machine), they were stored under other times, and so other IDs.
  const { rows } = await api.db.query<{ id: string }>(
    "select id from event where workspace_id = $1 and data = any($2) order by array_position($2::text[], data)",
    [api.workspaceId, events.map((event) => event.data)],
  );
  return rows.map(({ id }) => id);
}

const take = (limit = 100) =>
  claim(api.db, { kind: "delivery", lanes: 10, perLane: limit, limit, lease: lease++, leaseSeconds: 60, ahead: 1 });

let clock = Date.now();
function attempt(outcome: AttemptRecord["outcome"], more: Partial<AttemptRecord> = {}): AttemptRecord {
  clock += 10;
  return {
    startedAt: clock,
    durationMs: 5,
    outcome,
    statusCode: outcome === "succeeded" ? 200 : 503,
    code: outcome === "succeeded" ? null : "http_503",
    detail: outcome === "succeeded" ? null : "No.",
    requestHeaders: "webhook-id: x\n",
    responseHeaders: "server: y\n",
    responseBody: "body",
    ...more,
  };
}

const listed = async (query = "") =>
  (await api.call("GET", `/v1/deliveries?destinationId=${destination}${query}`)).body;
const short = (delivery: { eventId: string; status: string; attempts: number }) => [
  delivery.eventId,
  delivery.status,
  delivery.attempts,
];
const idOf = (eventId: string, destinationId = destination) => `dlv_${eventId.slice(4)}.${destinationId.slice(5)}`;

test("what is pending comes first, soonest first; then what is finished, the last finished first", async () => {
  const [a, b, c, d] = await record(4);
  const items = await take();
  const item = (id: string | undefined) => items.find((one) => one.ref === id)!;
  await settle(api.db, "delivery", [{ item: item(b), nextAt: null, attempt: attempt("succeeded") }]);
  await settle(api.db, "delivery", [{ item: item(c), nextAt: null, attempt: attempt("failed") }]);
  await settle(api.db, "delivery", [{ item: item(d), nextAt: Date.now() + 60_000, attempt: attempt("retry") }]);
  const { data, nextCursor } = await listed();
  expect(data.map(short)).toEqual([
    [a, "pending", 0],
    [d, "pending", 1],
    [c, "failed", 1],
    [b, "delivered", 1],
  ]);
  expect(nextCursor).toBe(null);
  expect(data[0]).toMatchObject({ id: idOf(a!), inFlight: true, nextAttemptAt: null, lastAttemptAt: null });
  expect(data[1]).toMatchObject({
    inFlight: false,
    nextAttemptAt: expect.any(String),
    lastStatusCode: 503,
    lastCode: "http_503",
    lastDetail: "No.",
  });
  expect((await listed("&status=pending")).data.map(short)).toHaveLength(2);
  expect((await listed("&status=failed")).data.map(short)).toEqual([[c, "failed", 1]]);
  expect((await listed("&status=delivered")).data.map(short)).toEqual([[b, "delivered", 1]]);
});

test("pages of any size show each delivery once, though many are due in the same microsecond", async () => {
  await record(12);
  const items = await take(5);
  const outcomes = ["succeeded", "failed", "succeeded", "failed"] as const;
  await settle(
    api.db,
    "delivery",
    outcomes.map((outcome, n) => ({ item: items[n]!, nextAt: null, attempt: attempt(outcome, { startedAt: clock }) })),
  );
  const all = (await listed("&limit=100")).data.map(short);
  expect(all).toHaveLength(12);
  for (const size of [1, 3, 4, 8, 12]) {
    const seen: unknown[] = [];
    for (let cursor = ""; ; ) {
      const page = await listed(`&limit=${size}${cursor}`);
      expect(page.data.length).toBeLessThanOrEqual(size);
      seen.push(...page.data.map(short));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(all);
  }
});

test("each says its event's type, and those of a type are found among what waits and what is finished, in pages of any size", async () => {
  const resume = async (count: number) => {
    const data = { campaignId: "camp_1", campaignName: "A", resumedAt: new Date(0).toISOString(), resumedBy: "api" };
    const events = Array.from({ length: count }, () =>
      newEvent(api.workspaceId, "campaign.resumed", data as never, {}, Date.now()),
    );
    await recordEvents(api.db, events);
  };
  await resume(2);
  await record(2);
  const items = await take();
  expect(items).toHaveLength(4);
  await settle(
    api.db,
    "delivery",
    items.map((item) => ({ item, nextAt: null, attempt: attempt("succeeded") })),
  );
  // Those behind them are past what one look finds of what waits.
  await record(620);
  await resume(3);
  const ids = async (query: string, size: number) => {
    const seen: { eventId: string; eventType: string; status: string }[] = [];
    for (let cursor = ""; ; ) {
      const page = await listed(`${query}&limit=${size}${cursor}`);
      expect(page.data.length).toBeLessThanOrEqual(size);
      seen.push(...page.data);
      if (page.nextCursor === null) return seen;
      cursor = `&cursor=${page.nextCursor}`;
    }
  };
  for (const size of [1, 2, 3, 100]) {
    const found = await ids("&types=campaign.resumed", size);
    expect(found.map(({ eventType }) => eventType)).toEqual(Array(5).fill("campaign.resumed"));
    expect(found.map(({ status }) => status)).toEqual([...Array(3).fill("pending"), "delivered", "delivered"]);
    expect(new Set(found.map(({ eventId }) => eventId)).size).toBe(5);
  }
  expect(await ids("&types=campaign.*", 100)).toHaveLength(627);
  expect(await ids("&types=campaign.paused&status=delivered", 1)).toHaveLength(2);
  expect(
    (await api.call("GET", `/v1/deliveries?destinationId=${destination}&types=campaign.resume`)).body,
  ).toMatchObject({ statusCode: 400, details: [{ field: "types" }] });
  // Past its retention nobody knows it any more.
  const gone = (await ids("&types=campaign.resumed&status=delivered", 100))[0]!.eventId;
  await api.db.query("delete from event where id = $1", [gone]);
  expect((await api.call("GET", `/v1/deliveries/${idOf(gone)}`)).body).toMatchObject({ eventType: null });
  expect(await ids("&types=campaign.resumed", 100)).toHaveLength(4);
});

test("a parked lane's deliveries are due when it is free again; of a disabled destination nobody knows when", async () => {
  await record(1);
  const until = new Date(Date.now() + 3_600_000);
  await api.db.query("update lane set parked_until = $1", [until]);
  expect((await listed()).data[0].nextAttemptAt).toBe(until.toISOString());
  await api.db.query("update lane set parked_until = 'infinity'");
  expect((await listed()).data[0].nextAttemptAt).toBe(null);
});

test("an event's deliveries show each destination's state", async () => {
  const other = (await makeDestination(api.db, api.workspaceId)).id;
  const [event] = await record(1);
  const items = await take();
  const mine = items.find((item) => item.laneId === destination)!;
  await settle(api.db, "delivery", [{ item: mine, nextAt: null, attempt: attempt("succeeded") }]);
  const { body } = await api.call("GET", `/v1/events/${event}/deliveries`);
  const states = body.data.map((delivery: { destinationId: string; status: string }) => [
    delivery.destinationId,
    delivery.status,
  ]);
  expect(new Map(states)).toEqual(
    new Map([
      [destination, "delivered"],
      [other, "pending"],
    ]),
  );
});

test("the attempts of a delivery show what was sent and what came back", async () => {
  const [event] = await record(1);
  const [item] = await take();
  await settle(api.db, "delivery", [{ item: item!, nextAt: Date.now(), attempt: attempt("retry") }]);
  const [again] = await take();
  await settle(api.db, "delivery", [{ item: again!, nextAt: null, attempt: attempt("succeeded") }]);
  const { body } = await api.call("GET", `/v1/deliveries/${idOf(event!)}/attempts`);
  expect(body.data).toMatchObject([
    { n: 1, outcome: "retry", final: false, statusCode: 503, requestHeaders: "webhook-id: x\n", responseBody: "body" },
    { n: 2, outcome: "succeeded", final: true, statusCode: 200, code: null },
  ]);
});

describe("the body of an attempt's request", () => {
  const sign = (body: string, secret: string, eventId: string) =>
    Object.entries(formatOf("herald").sign({ eventId, body, secrets: [secret], at: new Date() }))
      .map(([name, value]) => `${name}: ${value}\n`)
      .join("");
  const bodiesOf = async (event: string) => {
    const { body } = await api.call("GET", `/v1/deliveries/${idOf(event)}/attempts`);
    return body.data.map((one: Record<string, unknown>) => one.requestBody ?? one.requestBodyMissing);
  };
  const tried = async (requestHeaders: string | null, more: Partial<AttemptRecord> = {}) => {
    const [item] = await take();
    const record = attempt("retry", { startedAt: Date.now(), requestHeaders, ...more });
    await settle(api.db, "delivery", [{ item: item!, nextAt: Date.now(), attempt: record }]);
  };
  const change = async (body: object) =>
    expect((await api.call("PATCH", `/v1/destinations/${destination}`, { body })).status).toBe(200);
  const eventBody = async (id: string) => {
    const [event] = await loadEvents(api.db, [{ workspaceId: api.workspaceId, id }]);
    return formatOf("herald").body(storedEvent(event!));
  };
  let secret: string;
  beforeEach(async () => {
    ({ id: destination, secret } = await makeDestination(api.db, api.workspaceId));
    await api.db.query("delete from destination where id <> $1", [destination]);
    await api.db.query("delete from lane where id <> $1", [destination]);
  });

  test("is shown as it was sent, also after a rotation and once a transform was added", async () => {
    const [event] = await record(1);
    const body = await eventBody(event!);
    await tried(sign(body, secret, event!));
    expect((await api.call("POST", `/v1/destinations/${destination}/rotate-secret`)).status).toBe(200);
    await change({ transform: '{ "only": eventId }' });
    await tried(sign(`{"only":"${event}"}`, secret, event!));
    expect(await bodiesOf(event!)).toEqual([body, `{"only":"${event}"}`]);
  });

  test("is never shown as something else: of a former transform it is said that it can't be told", async () => {
    const [event] = await record(1);
    await change({ transform: '{ "first": eventId }' });
    await tried(sign(`{"first":"${event}"}`, secret, event!));
    await change({ transform: '{ "second": eventId }' });
    const [said] = await bodiesOf(event!);
    expect(said).toMatch(/can't be made again: the format, the transform or the secret was changed/);
  });

  test("is told of no attempt without a request, and of an erased person's event not any more", async () => {
    const [event] = await record(1);
    await tried(null, { code: "body_failed" });
    await tried("", { code: "address_refused" });
    await tried(sign(await eventBody(event!), secret, event!));
    expect((await bodiesOf(event!)).slice(0, 2)).toEqual([null, null]);
    await api.db.query("update event set data = $2 where id = $1", [event, '{"erased":true}']);
    expect((await bodiesOf(event!))[2]).toMatch(/was erased/);
  });

  test("that was not signed is told while the destination is as it was", async () => {
    await api.db.query("update destination set format = 'apten', format_bit = 4, secret = null where id = $1", [
      destination,
    ]);
    const data = { leadId: "lead_1", externalLeadId: null, phone: null, email: null } as never;
    const opted = newEvent(api.workspaceId, "lead.do_not_contact", data, {}, Date.now());
    await recordEvents(api.db, [opted]);
    await tried("");
    expect((await bodiesOf(opted.id))[0]).toMatch(/^\{"event":/);
    await change({ name: "Another" });
    expect((await bodiesOf(opted.id))[0]).toMatch(/was not signed, and the destination was changed/);
  });
});

test("a retry of a failed delivery queues it again under the same event, with its attempts counted on", async () => {
  const [event] = await record(1);
  const [item] = await take();
  await settle(api.db, "delivery", [{ item: item!, nextAt: null, attempt: attempt("failed") }]);
  api.woken.length = 0;
  const retried = await api.call("POST", `/v1/deliveries/${idOf(event!)}/retry`);
  expect(retried.body).toMatchObject({ status: "pending", attempts: 1, eventId: event });
  expect(api.woken).toEqual([{ kind: "delivery", lane: { workspaceId: api.workspaceId, laneId: destination } }]);
  expect((await listed()).data.map(short)).toEqual([[event, "pending", 1]]);
  const [again] = await take();
  expect(again).toMatchObject({ ref: event, attempts: 1 });
  await settle(api.db, "delivery", [{ item: again!, nextAt: null, attempt: attempt("succeeded") }]);
  expect((await listed()).data.map(short)).toEqual([[event, "delivered", 2]]);
});

test("a retry of a delivery that waits makes it due now; of one that is under way it does nothing", async () => {
  const [event] = await record(1);
  const [item] = await take();
  const retry = () => api.call("POST", `/v1/deliveries/${idOf(event!)}/retry`);
  expect((await retry()).body).toMatchObject({ status: "pending", inFlight: true });
  await settle(api.db, "delivery", [{ item: item!, nextAt: Date.now() + 3_600_000, attempt: attempt("retry") }]);
  expect(await take()).toEqual([]);
  await retry();
  expect((await api.db.query("select 1 from outbox")).rowCount).toBe(1);
  expect(await take()).toMatchObject([{ ref: event }]);
});

test("of many retries at once one is queued", async () => {
  const [event] = await record(1);
  const [item] = await take();
  await settle(api.db, "delivery", [{ item: item!, nextAt: null, attempt: attempt("succeeded") }]);
  await Promise.all(Array.from({ length: 8 }, () => api.call("POST", `/v1/deliveries/${idOf(event!)}/retry`)));
  expect((await api.db.query("select 1 from outbox")).rowCount).toBe(1);
});

test("what can't be retried is refused with its reason", async () => {
  const [event] = await record(1);
  await api.call("PATCH", `/v1/destinations/${destination}`, { body: { status: "disabled" } });
  expect((await api.call("POST", `/v1/deliveries/${idOf(event!)}/retry`)).body).toMatchObject({
    statusCode: 409,
    code: "invalid_state",
  });
  for (const id of ["dlv_x", idOf("evt_0000000000001_aaaaaaaaa"), `${idOf(event!)}.x`, "evt_1.dest_1"]) {
    expect((await api.call("POST", `/v1/deliveries/${id}/retry`)).status).toBe(404);
    expect((await api.call("GET", `/v1/deliveries/${id}/attempts`)).status).toBe(404);
  }
});

/** What the database plans to do for the statements that `work` sends. */
async function plansOf(work: (db: Queryable) => Promise<unknown>): Promise<string[]> {
  const sent: { text: string; values: unknown[] | undefined }[] = [];
  const watched = async (text: string, values?: unknown[]) => {
    sent.push({ text, values });
    return await api.db.query(text, values);
  };
  await work({ query: watched } as Queryable);
  const plans: string[] = [];
  for (const { text, values } of sent) {
    const { rows } = await api.db.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
    plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
  }
  return plans.filter((plan) => plan.includes("outbox"));
}

test("looks for deliveries use both indexes of a full outbox, and never read the outbox of others", async () => {
  const [event] = await record(1);
  await take();
  await api.db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at, lease, lease_until)
     select case when n % 10 = 0 then $1 else 'ws_' || n % 7 end, case when n % 10 = 0 then $2 else 'dest_' || n % 50 end,
       'evt_' || lpad(n::text, 13, '0') || '_aaaaaaaaa', now(), case when n % 97 = 0 then 5 end, case when n % 97 = 0 then now() end
     from generate_series(1, 20000) n`,
    [api.workspaceId, destination],
  );
  await api.db.query("analyze outbox");
  const plans = await plansOf(async (db) => {
    await deliveriesOfEvent(db, api.workspaceId, event!);
    const [delivery] = await deliveriesOfEvent(db, api.workspaceId, event!, destination);
    expect(delivery).toMatchObject({ eventId: event, inFlight: true });
    await finishedDeliveries(db, api.workspaceId, destination, null, null, 10);
    await retryDelivery(db, api.workspaceId, delivery!);
  });
  expect(plans).toHaveLength(4);
  for (const plan of plans) {
    expect(plan).not.toMatch(/Seq Scan on outbox/);
    expect(plan).toMatch(/outbox_waiting/);
    expect(plan).toMatch(/outbox_leased/);
  }
});

test("few that failed among many are found at once; what has to be passed over is read a part at a time", async () => {
  const make = async (count: number, outcome: string, agoMs: number, name: string) =>
    await api.db.query(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final)
       select $1, $2, 'evt_' || lpad(n::text, 13, '0') || '_' || $6, 'delivery', 1,
         now() - make_interval(secs => $5::float8 / 1000) - make_interval(secs => n / 1000.0), 1, $4, true
       from generate_series(1, $3::int) n`,
      [api.workspaceId, destination, count, outcome, agoMs, name],
    );
  const names = async (query: string) => {
    const found: string[] = [];
    let pages = 0;
    for (let cursor = ""; ; ) {
      const page = await listed(`${query}${cursor}`);
      pages += 1;
      found.push(...page.data.map(({ eventId }: { eventId: string }) => eventId.slice(-9)));
      if (page.nextCursor === null) return { found, pages };
      cursor = `&cursor=${page.nextCursor}`;
    }
  };
  await make(2, "failed", 120_000, "lost00000");
  await make(8_000, "succeeded", 60_000, "well00000");
  expect(await names("&status=failed")).toEqual({ found: ["lost00000", "lost00000"], pages: 1 });
  const [plan] = await plansOf((db) => finishedDeliveries(db, api.workspaceId, destination, "failed", null, 10));
  // What is read in this list's order is read by the index of what failed, of whichever day.
  expect(plan).toMatch(/attempt_\d{8}_workspace_id_lane_id_started_at_ref_idx/);
  expect(plan).not.toMatch(/Seq Scan on attempt/);
  // Of these each was delivered later.
  await make(8_000, "failed", 90_000, "well00000");
  const { found, pages } = await names("&status=failed");
  expect(found).toEqual(["lost00000", "lost00000"]);
  expect(pages).toBeGreaterThan(1);
  expect((await names("&status=filtered")).found).toEqual([]);
});

test("another workspace sees none of it", async () => {
  const [event] = await record(1);
  await api.db.query("insert into workspace (id, name) values ('ws_other', 'Other') on conflict do nothing");
  const key = await api.secretOf("admin", "ws_other");
  const id = idOf(event!);
  for (const path of [
    `/v1/deliveries?destinationId=${destination}`,
    `/v1/deliveries/${id}`,
    `/v1/deliveries/${id}/attempts`,
    `/v1/events/${event}`,
    `/v1/events/${event}/deliveries`,
  ]) {
    expect((await api.call("GET", path, { key })).status, path).toBe(404);
  }
});

test("a cursor that this list didn't give out is refused by name", async () => {
  for (const cursor of ["x", Buffer.from('["pending","a","b"]').toString("base64url")]) {
    const { body } = await api.call("GET", `/v1/deliveries?destinationId=${destination}&cursor=${cursor}`);
    expect(body).toMatchObject({ statusCode: 400, details: [{ field: "cursor" }] });
  }
});

test("a destination with an order says what is held behind what, and how much; a retry of what is held is refused", async () => {
  const made = await api.call("POST", "/v1/destinations", {
    body: { url: "https://crm.example.com/", ordering: "lead" },
  });
  expect(made.body).toMatchObject({ ordering: "lead", health: { held: 0 } });
  await api.db.query("delete from destination where id = $1", [destination]);
  destination = made.body.id;
  const data = {
    campaignId: "camp_1",
    campaignName: "A",
    pausedAt: new Date(0).toISOString(),
    pausedBy: "api" as const,
  };
  const now = Date.now();
  const [first, second] = [0, 1].map((n) =>
    newEvent(api.workspaceId, "campaign.paused", data, { leadId: "lead_1" }, now + n),
  );
  await recordEvents(api.db, [second!, first!]);
  const [item] = await take();
  await settle(api.db, "delivery", [{ item: item!, nextAt: Date.now() + 60_000, attempt: attempt("retry") }]);

  const { data: deliveries } = await listed();
  expect(deliveries).toMatchObject([
    { eventId: first!.id, attempts: 1, heldBehind: null },
    {
      ...{ eventId: second!.id, status: "pending", attempts: 0, inFlight: false, nextAttemptAt: null },
      heldBehind: { eventId: first!.id, attempts: 1, nextAttemptAt: deliveries[0].nextAttemptAt },
    },
  ]);
  expect((await api.call("GET", `/v1/events/${second!.id}/deliveries`)).body.data).toEqual([deliveries[1]]);
  const refused = await api.call("POST", `/v1/deliveries/${deliveries[1].id}/retry`);
  expect(refused).toMatchObject({ status: 409, body: { code: "invalid_state" } });
  expect(refused.body.message).toContain(deliveries[0].id);
  expect((await api.call("GET", `/v1/destinations/${destination}`)).body.health.held).toBe(1);

  const many = await makeDestination(api.db, api.workspaceId, { ordering: "lead" });
  await api.db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at, order_key)
     select $1, $2, 'evt_' || lpad(n::text, 13, '0') || '_aaaaaaaaa', 'infinity', 'lead_2' from generate_series(1, 10100) n`,
    [api.workspaceId, many.id],
  );
  // So many or more.
  expect((await api.call("GET", `/v1/destinations/${many.id}`)).body.health.held).toBe(10_000);
  await api.db.query("delete from outbox where lane_id = $1", [many.id]);

  const changed = await api.call("PATCH", `/v1/destinations/${destination}`, { body: { ordering: "none" } });
  expect(changed).toMatchObject({ status: 200, body: { ordering: "none", health: { held: 0 } } });
  expect((await take()).map((each) => each.ref)).toEqual([second!.id]);
  expect((await api.call("PATCH", `/v1/destinations/${destination}`, { body: { ordering: "global" } })).status).toBe(
    400,
  );
});
