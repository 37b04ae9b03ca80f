import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrollLeads, pauseCampaign, resumeCampaign, startCampaign } from "../../src/campaigns/control.ts";
import { editSteps, getCampaign, lockSteps, type Step, updateCampaign } from "../../src/db/campaign.ts";
import { holdSteps } from "../../src/db/due.ts";
import type { Database } from "../../src/db/pool.ts";
import { stopSequences } from "../../src/db/stopping.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { sentResult, setup as setUp } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

const hour = 3_600_000;

/** A running campaign of three SMS steps, an hour apart, with leads; `later` lets the next step of all of them be due. */
async function setup(leads = 2) {
  const { engine, workspaceId, senderId, calls } = await setUp(db, sentResult);
  const leadIds = await Promise.all(Array.from({ length: leads }, () => makeLead(db, workspaceId)));
  const id = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms" }, { channel: "sms", delayMs: hour }, { channel: "sms", delayMs: hour }],
  });
  await startCampaign(db, workspaceId, id, "api");
  const steps = (await getCampaign(db, workspaceId, id))!.steps;
  const edit = (after: readonly Step[], before = steps) =>
    db.transaction((tx) =>
      editSteps(
        tx,
        workspaceId,
        id,
        before,
        after.map((step, i) => ({ ...step, position: i + 1 })),
      ),
    );
  const later = async () => {
    await db.query("update campaign set started_at = started_at - interval '2 hours' where id = $1", [id]);
    await db.query(
      `update enrollment set anchor_at = anchor_at - interval '2 hours', next_at = next_at - interval '2 hours'
       where campaign_id = $1 and next_at is not null`,
      [id],
    );
  };
  const added = (text: string): Step => ({ ...steps[1]!, id: newId("step"), text });
  const sent = () =>
    calls.map((call) =>
      call
        .split(" ")
        .slice(1)
        .join(" ")
        .replace(/ for .*/, ""),
    );
  const states = async () =>
    (await db.query<{ state: string }>("select state from enrollment where campaign_id = $1", [id])).rows.map(
      (r) => r.state,
    );
  return { engine, steps, edit, later, added, sent, states, id, workspaceId };
}

test("a changed text goes to whoever has not had the step, and nobody gets a step again", async () => {
  const { engine, steps, edit, later, sent } = await setup();
  await engine.drain();
  await edit([{ ...steps[0]!, text: "Other first" }, { ...steps[1]!, text: "Other second" }, steps[2]!]);
  await later();
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 1", "Other second", "Other second"]);
});

test("a step put before the place of a lead is not sent to it; one put behind is", async () => {
  const { engine, steps, edit, later, added, sent } = await setup(1);
  await engine.drain();
  await edit([added("Zero"), steps[0]!, steps[1]!, added("Between"), steps[2]!]);
  for (let i = 0; i < 4; i++) {
    await later();
    await engine.drain();
  }
  expect(sent()).toEqual(["Step 1", "Step 2", "Between", "Step 3"]);
});

test("sequenceStep is the position at the time of sending", async () => {
  const { engine, steps, edit, later, added, id } = await setup(1);
  await engine.drain();
  await edit([added("Zero"), ...steps]);
  await later();
  await engine.drain();
  const { rows } = await db.query("select sequence_step from message where campaign_id = $1 order by created_at", [id]);
  expect(rows.map((row) => row.sequence_step)).toEqual([1, 3]);
});

test("leads at a step that is removed go on to the next that stays; after the last they have finished", async () => {
  const { engine, steps, edit, sent, states, later } = await setup();
  await engine.drain();
  await edit([steps[0]!, steps[2]!]);
  await later();
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 1", "Step 3", "Step 3"]);
  expect(await states()).toEqual(["finished", "finished"]);
  const last = await setup(1);
  await last.engine.drain();
  await last.edit([last.steps[0]!]);
  expect(await last.states()).toEqual(["finished"]);
});

test("a message of a removed step that is on its way is not sent, and its lead goes on behind it", async () => {
  const { engine, steps, edit, sent, states, later } = await setup(1);
  await engine.planner.runOnce();
  await edit([steps[1]!, steps[2]!]);
  await engine.drain();
  expect(sent()).toEqual([]);
  await later();
  await engine.drain();
  await later();
  await engine.drain();
  expect(sent()).toEqual(["Step 2", "Step 3"]);
  expect(await states()).toEqual(["finished"]);
});

test("a step that is removed while the campaign is paused and its message waits leaves nobody behind", async () => {
  const { engine, steps, edit, sent, states, later, workspaceId, id } = await setup(2);
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, id, "user");
  await edit([steps[1]!, steps[2]!]);
  await engine.drain();
  await resumeCampaign(db, workspaceId, id, "user");
  for (let i = 0; i < 3; i++) {
    await engine.drain();
    await later();
  }
  expect(sent()).toEqual(["Step 2", "Step 2", "Step 3", "Step 3"]);
  expect(await states()).toEqual(["finished", "finished"]);
});

test("what was held is blocked with the reason when its step is removed, or its lead leaves the campaign", async () => {
  const { engine, steps, edit, sent, later, workspaceId, id } = await setup(2);
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, id, "user");
  await engine.drain();
  const held = await db.query<{ lead_id: string }>(
    "select lead_id from message where campaign_id = $1 and status = 'held' order by lead_id",
    [id],
  );
  expect(held.rowCount).toBe(2);
  const leadId = held.rows[0]!.lead_id;
  await stopSequences(db, { workspaceId, leadId, reason: "lead_status: The lead's status is DONE." });
  await edit([steps[1]!, steps[2]!]);
  const ended =
    "select status, status_code, status_detail from message where campaign_id = $1 and step_id = $2 order by lead_id";
  expect((await db.query(ended, [id, steps[0]!.id])).rows).toEqual([
    {
      status: "blocked",
      status_code: "left_campaign",
      status_detail: "The lead is no longer in the campaign (lead_status: The lead's status is DONE.).",
    },
    { status: "blocked", status_code: "step_removed", status_detail: "The step was taken out of the campaign." },
  ]);
  await resumeCampaign(db, workspaceId, id, "user");
  for (let i = 0; i < 3; i++) {
    await engine.drain();
    await later();
  }
  expect(sent()).toEqual(["Step 2", "Step 3"]);
});

test("what was held is blocked with the reason when its lead passes the step", async () => {
  const { engine, steps, edit, sent, workspaceId, id } = await setup(1);
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, id, "user");
  await engine.drain();
  await edit([{ ...steps[0]!, condition: { hasTag: "vip" }, otherwise: "skip" }, steps[1]!, steps[2]!]);
  await resumeCampaign(db, workspaceId, id, "user");
  await engine.drain();
  expect(sent()).toEqual([]);
  const { rows } = await db.query("select status, status_code from message where campaign_id = $1", [id]);
  expect(rows).toEqual([{ status: "blocked", status_code: "step_passed" }]);
});

test("messages of an older version that are held for nobody are blocked by the upgrade, and no others", async () => {
  const { engine, steps, workspaceId, id } = await setup(3);
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, id, "user");
  await engine.drain();
  const { rows } = await db.query<{ lead_id: string }>(
    "select lead_id from enrollment where campaign_id = $1 order by 1",
    [id],
  );
  const [left, onward, waits] = rows.map((row) => row.lead_id);
  await db.query("update enrollment set state = 'stopped' where campaign_id = $1 and lead_id = $2", [id, left]);
  await db.query("update enrollment set next_step_id = $3 where campaign_id = $1 and lead_id = $2", [
    id,
    onward,
    steps[1]!.id,
  ]);
  await db.query(await readFile(new URL("../../src/db/migrations/0085_held_for_nobody.sql", import.meta.url), "utf8"));
  const { rows: after } = await db.query(
    "select lead_id, status, status_code from message where campaign_id = $1 order by lead_id",
    [id],
  );
  expect(after).toEqual([
    { lead_id: left, status: "blocked", status_code: "left_campaign" },
    { lead_id: onward, status: "blocked", status_code: "step_passed" },
    { lead_id: waits, status: "held", status_code: "campaign_paused" },
  ]);
});

test("a shorter delay lets those go that wait already", async () => {
  const { engine, steps, edit, sent } = await setup(1);
  await engine.drain();
  await edit([steps[0]!, { ...steps[1]!, delay: { amount: 0, unit: "seconds" }, delayMs: 0 }, steps[2]!]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 2"]);
});

test("what waits to go out by a step that is changed is written anew by it, running or paused; what others say stays", async () => {
  for (const pausing of [false, true]) {
    const { engine, steps, edit, sent, later, workspaceId, id } = await setup(2);
    await engine.planner.runOnce();
    if (pausing) await pauseCampaign(db, workspaceId, id, "user");
    await edit([{ ...steps[0]!, text: "Other first" }, ...steps.slice(1)]);
    if (pausing) await resumeCampaign(db, workspaceId, id, "user");
    await engine.drain();
    expect(sent(), `pausing: ${pausing}`).toEqual(["Other first", "Other first"]);
    await later();
    await engine.planner.runOnce();
    const { rows: queued } = await db.query(
      "select id, created_at from message where campaign_id = $1 and status = 'queued'",
      [id],
    );
    await edit([{ ...steps[0]!, text: "Once more" }, ...steps.slice(1)]);
    await engine.drain();
    expect(sent().slice(2)).toEqual(["Step 2", "Step 2"]);
    const { rows } = await db.query(
      "select id, created_at from message where campaign_id = $1 and text like 'Step 2%'",
      [id],
    );
    expect(new Set(rows)).toEqual(new Set(queued));
  }
});

test("a longer delay keeps back what waits to go out already", async () => {
  const { engine, steps, edit, sent, later } = await setup(1);
  await engine.drain();
  await later();
  await engine.planner.runOnce();
  await edit([steps[0]!, { ...steps[1]!, delay: { amount: 5, unit: "hours" }, delayMs: 5 * hour }, steps[2]!]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1"]);
  for (let i = 0; i < 2; i++) await later();
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 2"]);
});

test("a first step that waits for less than when the campaign was started, or another one before it, goes out at its time", async () => {
  for (const put of ["shorter", "before"]) {
    const { engine, steps, edit, added, sent, id, workspaceId } = await setup(1);
    const late = { ...steps[0]!, delay: { amount: 2, unit: "days" as const }, delayMs: 48 * hour };
    await db.query("update campaign set status = 'draft', started_at = null, not_before = null where id = $1", [id]);
    await db.transaction((tx) => updateCampaign(tx, workspaceId, id, { steps: [late, ...steps.slice(1)] }));
    await startCampaign(db, workspaceId, id, "api");
    await engine.drain();
    expect(sent()).toEqual([]);
    const atOnce = { delay: { amount: 0, unit: "seconds" as const }, delayMs: 0 };
    const first = put === "shorter" ? [{ ...late, ...atOnce }] : [{ ...added("Before"), ...atOnce }, late];
    await edit([...first, ...steps.slice(1)], [late, ...steps.slice(1)]);
    const newcomer = await makeLead(db, workspaceId);
    await db.transaction((tx) => enrollLeads(tx, workspaceId, id, [newcomer]));
    await engine.drain();
    // Who stands at the late step stays there.
    expect(sent()).toEqual(put === "shorter" ? ["Step 1", "Step 1"] : ["Before"]);
  }
});

test("nobody writes by the old steps while they are changed, and a change waits for who is just writing", async () => {
  const { engine, sent, id } = await setup(1);
  await db.transaction(async (tx) => {
    await lockSteps(tx, id);
    await engine.planner.runOnce();
    expect((await db.query("select 1 from message where campaign_id = $1", [id])).rowCount).toBe(0);
  });
  const { tries, free } = await db.transaction(async (tx) => {
    const held = await holdSteps(tx, [id]);
    const free = await db.transaction(
      async (other) =>
        (
          await other.query("select pg_try_advisory_xact_lock(hashtextextended('herald.steps ' || $1, 0)) as free", [
            id,
          ])
        ).rows[0]!.free,
    );
    return { tries: held.size, free };
  });
  expect([tries, free]).toEqual([1, false]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1"]);
});
