import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

const create = (body: object) =>
  api.call("POST", "/v1/destinations", { body: { url: "http://127.0.0.1:9/", ...body } });
const patch = (id: string, body: object) => api.call("PATCH", `/v1/destinations/${id}`, { body });
const get = async (id: string) => (await api.call("GET", `/v1/destinations/${id}`)).body;

test("maxConcurrency and rateLimit are kept, changed, taken away, and refused beyond their ranges", async () => {
  const { body } = await create({ maxConcurrency: 3, rateLimit: { requests: 100, perSeconds: 60 } });
  expect(body).toMatchObject({
    maxConcurrency: 3,
    rateLimit: { requests: 100, perSeconds: 60 },
    health: { concurrency: 3 },
  });
  expect(await get(body.id)).toMatchObject({ maxConcurrency: 3, rateLimit: { requests: 100, perSeconds: 60 } });
  expect((await patch(body.id, { name: "B" })).body).toMatchObject({ maxConcurrency: 3, rateLimit: { requests: 100 } });
  const changed = (await patch(body.id, { maxConcurrency: 2, rateLimit: { requests: 1, perSeconds: 5 } })).body;
  expect(changed).toMatchObject({
    maxConcurrency: 2,
    rateLimit: { requests: 1, perSeconds: 5 },
    health: { concurrency: 2 },
  });
  expect((await patch(body.id, { maxConcurrency: null, rateLimit: null })).body).toMatchObject({
    maxConcurrency: 2_048,
    rateLimit: null,
  });
  expect((await create({})).body).toMatchObject({ maxConcurrency: 2_048, rateLimit: null, health: { concurrency: 8 } });
  for (const wrong of [
    { maxConcurrency: 0 },
    { maxConcurrency: 2_049 },
    { maxConcurrency: 1.5 },
    { rateLimit: { requests: 0, perSeconds: 1 } },
    { rateLimit: { requests: 1, perSeconds: 86_401 } },
    { rateLimit: { requests: 5 } },
    { rateLimit: { requests: 5, perSeconds: 1, burst: 2 } },
  ]) {
    expect((await create(wrong)).status, JSON.stringify(wrong)).toBe(400);
    expect((await patch(body.id, wrong)).status, JSON.stringify(wrong)).toBe(400);
  }
});

test("an open breaker is shown with its reason and in the metrics; another URL or enabling closes it, and ends what the receiver asked for", async () => {
  const { id } = (await create({})).body;
  const breakIt = () =>
    api.db.query(
      `update lane set broken_at = now(), broken_reason = 'It was ill.', breaker_pauses = 3, max_leased = 1,
         parked_until = now() + interval '1 minute', parked_reason = 'It was ill.' where id = $1`,
      [id],
    );
  await breakIt();
  const shown = (await get(id)).health;
  expect(shown).toMatchObject({ concurrency: 1, breaker: { state: "open", reason: "It was ill." } });
  expect(Date.parse(shown.breaker.until)).toBeGreaterThan(Date.now() + 50_000);
  const metrics = (await api.call("GET", "/metrics", { raw: true } as never)) as { body: unknown };
  expect(String(metrics.body)).toMatch(/^herald_destination_breakers_open 1$/m);
  await api.db.query("update lane set parked_until = now() - interval '1 second' where id = $1", [id]);
  expect((await get(id)).health.breaker).toMatchObject({ state: "half_open", until: null });

  const closed = { concurrency: 8, breaker: { state: "closed", since: null, reason: null }, pausedUntil: null };
  await breakIt();
  expect((await patch(id, { name: "C" })).body.health.breaker.state).toBe("open");
  expect((await patch(id, { url: "http://127.0.0.1:10/" })).body.health).toMatchObject(closed);
  await breakIt();
  await patch(id, { status: "disabled" });
  expect((await patch(id, { url: "http://127.0.0.1:11/" })).body.status).toBe("disabled");
  expect((await api.db.query("select parked_until from lane where id = $1", [id])).rows[0]!.parked_until).toBe(
    Number.POSITIVE_INFINITY,
  );
  await breakIt();
  await api.call("POST", `/v1/destinations/${id}/enable`, { body: {} });
  await patch(id, { status: "disabled" });
  expect((await patch(id, { status: "active" })).body.health).toMatchObject(closed);
  await breakIt();
  await api.db.query("update lane set parked_reason = 'The receiver answered 429 and asked to wait.' where id = $1", [
    id,
  ]);
  // What the receiver of before wanted is not the next one's wish.
  expect((await patch(id, { name: "Renamed" })).body.health.pausedUntil).not.toBeNull();
  expect((await patch(id, { url: "http://127.0.0.1:12/" })).body.health.pausedUntil).toBeNull();
  await api.db.query("update lane set parked_until = now() + interval '1 day' where id = $1", [id]);
  const enabled = await api.call("POST", `/v1/destinations/${id}/enable`, { body: {} });
  expect(enabled.body.destination.health.pausedUntil).toBeNull();
});
