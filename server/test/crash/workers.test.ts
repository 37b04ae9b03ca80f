import { randomBytes } from "node:crypto";
import { afterEach, expect, inject, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import { leasesPerWorker } from "../../src/db/outbox.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";
import { anyEvent } from "../factories.ts";
import { HeraldProcess } from "./herald-process.ts";

const undo = new AsyncDisposableStack();
afterEach(async () => await undo.disposeAsync());

test("two processes share the work of one destination; what a killed one had leased, the other takes and delivers", {
  timeout: 240_000,
}, async () => {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  // Slow enough that both have some under way for as long as it takes to look.
  const receiver = await startReceiver({ format: "herald", secret, light: true, answer: { delayMs: 50 } });
  undo.defer(() => receiver.close());
  const first = new HeraldProcess({}, { copyOf: inject("dataFolder") });
  undo.defer(() => first.end());
  await first.start();
  // On the same data folder: it uses the database that runs there.
  const second = new HeraldProcess({}, { folder: first.folder });
  undo.defer(() => second.kill());
  await second.start();
  const { id: workspaceId } = await first.call<{ id: string }>("GET", "/v1/workspace");
  await first.call("POST", "/v1/destinations", { url: `${receiver.url}hook`, secret });
  const db = first.database();
  undo.defer(() => db.close());
  const leasedBy = async ({ pid }: HeraldProcess) =>
    (
      await db.query<{ n: number }>(
        `select count(*)::int as n from outbox o join worker w on w.no = o.lease / ${leasesPerWorker}
         where o.lease is not null and w.pid = $1`,
        [pid],
      )
    ).rows[0]!.n;
  // One after the other, so that it is known who has what.
  await first.freeze();
  const facts = Array.from({ length: 400 }, (_, n) => anyEvent(workspaceId, n));
  await recordEvents(db, facts);
  await expect.poll(async () => await leasedBy(second), { timeout: 120_000, interval: 5 }).toBeGreaterThan(0);
  await second.freeze();
  // What it had sent to the database is done there.
  const busy =
    "select 1 from pg_stat_activity where application_name like 'herald ' || $1::int || ' %' and state = 'active'";
  await expect
    .poll(async () => (await db.query(busy, [second.pid])).rows, { timeout: 120_000, interval: 5 })
    .toEqual([]);
  const held = await leasedBy(second);
  // It has taken as many as the destination has places; with more of them, the other has the rest while it holds these.
  await db.query("update lane set max_leased = 2 * max_leased where kind = 'delivery'");
  first.thaw();
  await expect.poll(async () => await leasedBy(first), { timeout: 120_000, interval: 5 }).toBeGreaterThan(0);
  expect(held).toBeGreaterThan(0);
  await second.kill();
  // Neither its 60 seconds nor a restart: its process is gone, which the other one sees.
  const sql = "select (select count(*)::int from outbox) as rows, (select sum(leased)::int from lane) as leased";
  await expect
    .poll(async () => (await db.query(sql)).rows[0], { timeout: 120_000, interval: 20 })
    .toEqual({ rows: 0, leased: 0 });
  expect(new Set(receiver.byEventId.keys())).toEqual(new Set(facts.map(({ id }) => id)));
  expect(receiver.stats().received - facts.length, "again came only what it had under way").toBeLessThanOrEqual(held);
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from attempt where kind = 'delivery' and outcome = 'interrupted'",
  );
  expect(rows[0]!.n).toBe(held);
});
