import { afterAll, beforeAll, expect, test } from "vitest";
import { applyFact } from "../../src/campaigns/inbound/apply.ts";
import type { SendResult } from "../../src/channels/channel.ts";
import { Database, isRetryable } from "../../src/db/pool.ts";
import type { InboundRelation } from "../../src/domain/inbound.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { sentResult, setup } from "./setup.ts";

let opened: Awaited<ReturnType<typeof testDatabase>>;
let other: Database;
beforeAll(async () => {
  opened = await testDatabase();
  other = new Database(opened.config, 8);
});
afterAll(async () => {
  await other.close();
  await opened.close();
});

test("a message that nobody can ask about is told as uncertain once, when a person has to decide", async () => {
  const given = await setup(opened.db, () => ({ outcome: "uncertain", code: "timeout", detail: "No answer." }));
  await given.submit("one");
  await given.engine.drain();
  await given.dueNow();
  await given.engine.drain();
  expect(await given.events("message.uncertain")).toMatchObject([
    { leadId: given.leadId, code: "undecidable", content: { text: "one" }, reason: expect.stringContaining("resolve") },
  ]);
  await given.engine.stop();
});

/** A campaign that invites and then writes; how the invitation is answered is for the test to say. */
async function invited(onSend: () => SendResult | Promise<SendResult>) {
  const { db } = opened;
  const adapter = scriptedAdapter({ onSend });
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, "linkedin", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const steps = [{ channel: "linkedin", action: "connect" } as const, { channel: "linkedin" } as const];
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds: [leadId], steps });
  await db.query("update campaign set status = 'active', started_at = now() where id = $1", [campaignId]);
  const { rows } = await db.query<{ url: string }>("select linkedin_url as url from lead where id = $1", [leadId]);
  const relation: InboundRelation = {
    ...{ kind: "relation", person: { linkedinUrl: rows[0]!.url }, account: null, at: null },
    external: { campaignId: null, senderId },
  };
  const learn = async (on: Database) => {
    for (;;) {
      const effects = { lanes: [], moved: false, failedIn: [] };
      const arrival = {
        workspaceId,
        sourceId: "src_1",
        createLeads: false,
        receivedAt: new Date(),
        effects,
        saidByErased: { seen: false },
      };
      try {
        return await on.transaction((tx) => applyFact({ ...arrival, tx }, relation));
      } catch (error) {
        if (!isRetryable(error)) throw error;
      }
    }
  };
  const accepted = async () =>
    (
      await db.query<{ data: string }>(
        "select data from event where workspace_id = $1 and type = 'connection_request.accepted'",
        [workspaceId],
      )
    ).rows.map(({ data }) => JSON.parse(data));
  return { engine, leadId, campaignId, senderId, learn, accepted };
}

test("an accepted invitation is told once, however many learn of it at once", async () => {
  const given = await invited(() => sentResult(1));
  await given.engine.planner.runOnce();
  await given.engine.messages.runOnce();
  await given.engine.messages.idle();
  // A webhook, a poll, the poll of another process, and the webhook again.
  await Promise.all([given.learn(opened.db), given.learn(other), given.learn(other), given.learn(opened.db)]);
  expect(await given.accepted()).toMatchObject([{ leadId: given.leadId, senderId: given.senderId }]);
  await given.engine.drain();
  expect(await given.accepted()).toHaveLength(1);
  await given.engine.stop();
});

test("that LinkedIn takes a message tells it, too; and once beside a webhook that comes at the same moment", async () => {
  const told: Promise<unknown>[] = [];
  const given = await invited(() => {
    calls += 1;
    if (calls === 2) told.push(given.learn(other));
    return sentResult(calls);
  });
  let calls = 0;
  await given.engine.drain();
  await Promise.all(told);
  await given.engine.drain();
  expect(calls).toBe(2);
  expect(await given.accepted()).toMatchObject([{ campaignId: given.campaignId }]);

  const alone = await invited(() => sentResult(Math.random()));
  await alone.engine.drain();
  expect(await alone.accepted()).toHaveLength(1);
  expect(await alone.learn(other)).toMatchObject({ detail: "They are connected already." });
  expect(await alone.accepted()).toHaveLength(1);
  await given.engine.stop();
  await alone.engine.stop();
});
