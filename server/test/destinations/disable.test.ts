import { afterAll, beforeAll, expect, test } from "vitest";
import { getDestination, updateDestination } from "../../src/db/destination.ts";
import type { Database } from "../../src/db/pool.ts";
import { disableDestination } from "../../src/destinations/disable.ts";
import { disableFailing } from "../../src/destinations/failing-watch.ts";
import { testDatabase } from "../database.ts";
import { setup, take } from "./replay-setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
  // Attempts of the last days have a place. The first may have one, where the run began before midnight.
  await db.query(`do $$ begin for n in 2..12 loop begin
    execute format('create table attempt_past_%s partition of attempt for values from (%L) to (%L)', n,
      ((now() at time zone 'UTC')::date - n)::timestamp at time zone 'UTC', ((now() at time zone 'UTC')::date - n + 1)::timestamp at time zone 'UTC');
  exception when invalid_object_definition then null; end; end loop; end $$`);
});
afterAll(async () => await close());

type Setup = Awaited<ReturnType<typeof setup>>;

/** A destination of ten days ago with attempts so many hours ago, and its lane as their settling leaves it. */
async function history(
  t: Setup,
  id: string,
  attempts: [hoursAgo: number, "failed" | "retry" | "succeeded" | "interrupted"][],
) {
  await db.query("update destination set created_at = now() - interval '10 days' where id = $1", [id]);
  for (const [hours, outcome] of attempts) {
    await db.query(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final)
       values ($1, $2, 'evt', 'delivery', 1, now() - make_interval(hours => $3), 1, $4, true)`,
      [t.workspaceId, id, hours, outcome],
    );
    const column = outcome === "succeeded" ? "last_success_at" : "last_failure_at";
    const failures = outcome === "succeeded" ? "0" : "failures + 1";
    if (outcome !== "interrupted")
      await db.query(
        `update lane set ${column} = now() - make_interval(hours => $2), failures = ${failures} where id = $1`,
        [id, hours],
      );
  }
}

const statusOf = async (t: Setup, id: string) => (await getDestination(db, t.workspaceId, id))!.status;

test("five days of nothing but failures disable a destination, and the others are told", async () => {
  const t = await setup(db, { destinations: 2 });
  const [bad, other] = t.destinations as [string, string];
  await history(t, bad, [
    [150, "succeeded"],
    [121, "retry"],
    [60, "failed"],
    [0, "retry"],
  ]);
  const { disabled, lanes } = await disableFailing(db);
  expect(disabled).toBe(1);
  expect(lanes).toEqual([{ workspaceId: t.workspaceId, laneId: other }]);
  const destination = (await getDestination(db, t.workspaceId, bad))!;
  expect(destination).toMatchObject({ status: "disabled", statusReason: expect.stringContaining("5 days") });
  // What happened since the first failure counts as missed.
  expect(Math.round((Date.now() - destination.missedSince!.getTime()) / 3_600_000)).toBe(121);
  const [item] = await take(db);
  expect(item).toMatchObject({ laneId: other });
  const { rows } = await db.query<{ type: string; data: string; formats: number }>(
    "select type, data, formats from event",
  );
  expect(rows).toMatchObject([{ type: "destination.disabled", formats: 1 }]);
  expect(JSON.parse(rows[0]!.data)).toMatchObject({
    ...{ destinationId: bad, disabledBy: "system", failingSince: destination.missedSince!.toISOString() },
  });
  // Once.
  expect(await disableFailing(db)).toEqual({ disabled: 0, lanes: [] });
});

test("what was not failing for all of five days stays", async () => {
  const t = await setup(db, { destinations: 6 });
  const [success, late, idle, interrupted, enabled, young] = t.destinations as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await history(t, success, [
    [140, "retry"],
    [50, "succeeded"],
    [0, "retry"],
  ]);
  await history(t, late, [
    [119, "retry"],
    [0, "retry"],
  ]);
  // Failed once, long ago: nothing was tried since.
  await history(t, idle, [[200, "failed"]]);
  // Nobody knows what came of it.
  await history(t, interrupted, [
    [140, "interrupted"],
    [1, "retry"],
  ]);
  await history(t, enabled, [
    [140, "retry"],
    [0, "retry"],
  ]);
  await db.query("update destination set enabled_at = now() - interval '4 days' where id = $1", [enabled]);
  await history(t, young, [
    [140, "retry"],
    [0, "retry"],
  ]);
  await db.query("update destination set created_at = now() - interval '2 days' where id = $1", [young]);
  expect(await disableFailing(db)).toEqual({ disabled: 0, lanes: [] });
  for (const id of t.destinations) expect(await statusOf(t, id)).toBe("active");
});

test("of many processes that look at once, one disables it and one event is made", async () => {
  const t = await setup(db, { destinations: 2 });
  const [bad] = t.destinations as [string, string];
  await history(t, bad, [
    [130, "retry"],
    [0, "retry"],
  ]);
  const looks = await Promise.all(Array.from({ length: 6 }, () => disableFailing(db)));
  expect(looks.reduce((sum, look) => sum + look.disabled, 0)).toBe(1);
  expect((await db.query("select 1 from event")).rowCount).toBe(1);
});

test("a gap begins where the first one began until it is recovered, and the destination hears nothing of its own disabling", async () => {
  const t = await setup(db);
  const [id] = t.destinations as [string];
  const disable = () => db.transaction((tx) => disableDestination(tx, t.workspaceId, id, { by: "api", reason: "A." }));
  await disable();
  const { missedSince } = (await getDestination(db, t.workspaceId, id))!;
  await updateDestination(db, t.workspaceId, id, { status: "active", statusReason: null });
  const enabled = (await getDestination(db, t.workspaceId, id))!;
  expect(enabled.missedUntil!.getTime()).toBeGreaterThanOrEqual(missedSince!.getTime());
  await disable();
  expect(await getDestination(db, t.workspaceId, id)).toMatchObject({ missedSince, missedUntil: null });
  await updateDestination(db, t.workspaceId, id, { status: "active", statusReason: null });
  await db.query("update event set at = at - interval '1 minute'");
  expect((await db.query("select 1 from event")).rowCount).toBe(2);
  const replay = await t.start({ to: new Date() });
  await t.feeder.runOnce();
  expect(await t.get(replay)).toMatchObject({ counted: 0, queued: 0 });
});
