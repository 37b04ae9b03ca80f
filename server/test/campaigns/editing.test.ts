import { afterAll, beforeAll, expect, test } from "vitest";
import { pauseCampaign, resumeCampaign, startCampaign } from "../../src/campaigns/control.ts";
import { editSteps, getCampaign, type Step } from "../../src/db/campaign.ts";
import type { Database } from "../../src/db/pool.ts";
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
  const edit = (after: readonly Step[]) =>
    db.transaction((tx) =>
      editSteps(
        tx,
        workspaceId,
        id,
        steps,
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

test("a shorter delay lets those go that wait already", async () => {
  const { engine, steps, edit, sent } = await setup(1);
  await engine.drain();
  await edit([steps[0]!, { ...steps[1]!, delay: { amount: 0, unit: "seconds" }, delayMs: 0 }, steps[2]!]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 2"]);
});
