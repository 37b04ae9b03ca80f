import { afterAll, beforeAll, expect, test } from "vitest";
import { explainMessage } from "../../src/campaigns/explain-message.ts";
import { insertForeignMessage } from "../../src/db/foreign-message.ts";
import { getMessage } from "../../src/db/message.ts";
import type { Database } from "../../src/db/pool.ts";
import { smsHoursForms } from "../../src/db/sms-hours.ts";
import { changeWorkspace } from "../../src/db/workspace.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeEngine, makeLead, makeSender, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

/** Hours in which it isn't now, by the clock in UTC, at whatever hour this runs. */
const closed = () => (new Date().getUTCHours() < 12 ? { from: "22:00", to: "23:00" } : { from: "00:00", to: "01:00" });
const anyHour = { from: "00:00", to: "24:00" };

async function setup(smsHours: { from: string; to: string }) {
  const workspaceId = await makeWorkspace(db, { smsHours });
  const senderId = await makeSender(db, workspaceId, "sms");
  const engine = await makeEngine(db);
  const send = async (leadId: string, fields: { hoursOverride?: string; scheduledAt?: Date } = {}) => {
    const { messageId } = await engine.desk.submit(
      {
        ...{
          workspaceId,
          leadId,
          channel: "sms",
          action: "message",
          senderId,
          subject: null,
          text: "Hello",
          html: null,
        },
        ...{ scheduledAt: null, source: "api", ...fields },
      },
      null,
    );
    return messageId;
  };
  const status = async (id: string) => (await getMessage(db, workspaceId, id))!.status;
  const dueHour = async (id: string) =>
    (await db.query("select to_char(due_at at time zone 'UTC', 'HH24:MI') as at from outbox where ref = $1", [id]))
      .rows[0]?.at;
  return { workspaceId, senderId, engine, send, status, dueHour };
}

test("an SMS by API waits for the hours at the lead's place, and says so; one with a reason goes out at once", async () => {
  const hours = closed();
  const { workspaceId, engine, send, status, dueHour } = await setup(hours);
  const leadId = await makeLead(db, workspaceId, { phone: "+12025550111" });
  const waits = await send(leadId);
  const urgent = await send(leadId, { hoursOverride: "The lead asked for a call tonight." });
  await engine.drain();
  expect([await status(waits), await status(urgent)]).toEqual(["queued", "sent"]);
  expect(await dueHour(waits)).toBe(hours.from);
  expect((await getMessage(db, workspaceId, waits))!.attempts).toBe(0);
  const { at, reasons } = (await explainMessage(db, workspaceId, waits))!;
  expect(new Date(at!).toISOString().slice(11, 16)).toBe(hours.from);
  expect(reasons).toMatchObject([{ rule: "schedule", detail: expect.stringMatching(/^quiet hours/) }]);
  expect((await getMessage(db, workspaceId, urgent))!.smsHoursOverride).toBe("The lead asked for a call tonight.");
  // Somebody in a zone where it is another time is judged by that.
  const far = await makeLead(db, workspaceId, { phone: "+12025550112" });
  const shift = new Date().getUTCHours() < 12 ? 22 - new Date().getUTCHours() : -new Date().getUTCHours();
  const zone = `Etc/GMT${shift > 0 ? "-" : "+"}${Math.abs(shift)}`;
  const reachable = Math.abs(shift) <= (shift > 0 ? 14 : 12);
  if (reachable) {
    await db.query("update lead set time_zone = $2 where id = $1", [far, zone]);
    const there = await send(far);
    await engine.drain();
    expect(await status(there)).toBe("sent");
  }
  await engine.stop();
});

test("who wrote by SMS within a day is answered at any hour; wider hours let go what waits", async () => {
  const { workspaceId, senderId, engine, send, status } = await setup(closed());
  const [writer, silent] = [
    await makeLead(db, workspaceId, { phone: "+12025550113" }),
    await makeLead(db, workspaceId, { phone: "+12025550114" }),
  ];
  const first = await send(writer, { hoursOverride: "x" });
  const { conversationId } = (await getMessage(db, workspaceId, first))!;
  const wrote = async (hoursAgo: number) => {
    await insertForeignMessage(db, workspaceId, {
      ...{
        id: newId("message"),
        leadId: writer,
        conversationId,
        channel: "sms",
        action: "message",
        direction: "inbound",
      },
      ...{
        campaignId: null,
        sequenceStep: null,
        senderId,
        toAddress: "",
        subject: null,
        text: "Yes?",
        attachments: [],
      },
      ...{ external: null, providerMessageId: newId("message"), at: new Date(Date.now() - hoursAgo * 3_600_000) },
    });
  };
  await wrote(25);
  const early = await send(writer);
  await engine.drain();
  expect(await status(early)).toBe("queued");
  await wrote(1);
  const [answer, other] = [await send(writer), await send(silent)];
  await engine.drain();
  expect([await status(answer), await status(other)]).toEqual(["sent", "queued"]);
  await db.transaction((tx) => changeWorkspace(tx, workspaceId, { smsHours: anyHour }));
  await engine.drain();
  expect([await status(early), await status(other)]).toEqual(["sent", "sent"]);
  await engine.stop();
});

test("a lead whose zone this Node doesn't know goes by the workspace's, and keeps nobody else's SMS back", async () => {
  const { workspaceId, engine, send, status } = await setup(anyHour);
  const strange = await makeLead(db, workspaceId, { phone: "+12025550115" });
  await db.query("update lead set time_zone = 'Mars/Olympus' where id = $1", [strange]);
  const ids = [await send(strange), await send(await makeLead(db, workspaceId, { phone: "+12025550116" }))];
  await engine.drain();
  expect(await Promise.all(ids.map(status))).toEqual(["sent", "sent"]);
  expect(engine.errors).toEqual([]);
  await engine.stop();
});

test("the hours are asked for what was claimed by whole keys, also by a plan that was made on empty tables", async () => {
  const fresh = await testDatabase();
  const plan = await fresh.db.transaction(
    async (tx) => (await tx.query(`explain (generic_plan) ${smsHoursForms.set.text}`)).rows,
  );
  await fresh.close();
  const conditions = plan.map((row) => String(Object.values(row)[0])).filter((line) => line.includes("Index Cond"));
  // The workspace alone is the whole key of one table only.
  expect(conditions.filter((line) => !line.includes(" AND "))).toHaveLength(1);
  expect(conditions).toHaveLength(3);
});
