import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import { newId } from "../../src/domain/id.ts";
import { normaliseLead } from "../../src/domain/lead.ts";
import { importLeads, storeLeads } from "../../src/sources/lead-import.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeDestination, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

async function* file(...lines: string[]) {
  yield Buffer.from(`${lines.join("\n")}\n`);
}
const leadOf = (email: string) => {
  const result = normaliseLead({ email, tags: ["vip"], plan: "pro" });
  if (!result.ok) throw new Error("not a lead");
  return { ...result.lead, id: newId("lead") };
};
const add = (workspaceId: string, email: string, campaignId?: string) => {
  const enroll = async () => ({ enrolled: 0, lanes: [] });
  return db.transaction((tx) =>
    storeLeads(tx, workspaceId, [leadOf(email)], "api", campaignId ? { campaignId, enroll } : undefined),
  );
};
const imported = (workspaceId: string, ...emails: string[]) => {
  const lanes: string[] = [];
  return importLeads({
    ...{ db, workspaceId, stream: file("Email", ...emails) },
    onProgress: (_, touched) => void lanes.push(...touched.map(({ laneId }) => laneId)),
  }).then(() => lanes);
};
const eventsOf = async (workspaceId: string) => {
  const { rows } = await db.query<{ type: string; data: string; lead_id: string; campaign_id: string | null }>(
    "select type, data, lead_id, campaign_id from event where workspace_id = $1 order by at, id",
    [workspaceId],
  );
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
};
const queuedAt = async (destinationId: string) => {
  const { rows } = await db.query<{ n: number }>("select count(*)::int as n from outbox where lane_id = $1", [
    destinationId,
  ]);
  return rows[0]!.n;
};

test("a lead that is made by itself is told to each destination that takes all or names it, once", async () => {
  const workspaceId = await makeWorkspace(db);
  const all = await makeDestination(db, workspaceId);
  const leads = await makeDestination(db, workspaceId, { eventTypes: ["lead.*"] });
  const others = await makeDestination(db, workspaceId, { eventTypes: ["message.sent"] });
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [], leadIds: [], steps: [] });
  const { inserted, lanes } = await add(workspaceId, "ann@example.com", campaignId);
  await add(workspaceId, "ann@example.com", campaignId);
  expect(await eventsOf(workspaceId)).toEqual([
    {
      ...{ type: "lead.created", lead_id: [...inserted][0], campaign_id: campaignId },
      data: expect.objectContaining({
        ...{ leadId: [...inserted][0], campaignId, email: "ann@example.com", phone: null, tags: ["vip"] },
        ...{ custom: { plan: "pro" }, origin: "api" },
      }),
    },
  ]);
  expect(lanes.map(({ laneId }) => laneId).sort()).toEqual([all.id, leads.id].sort());
  expect(await Promise.all([all, leads, others].map(({ id }) => queuedAt(id)))).toEqual([1, 1, 0]);
});

test("an import writes no event where no destination names lead.created, and tells only those that do where one does", async () => {
  const workspaceId = await makeWorkspace(db);
  const all = await makeDestination(db, workspaceId);
  const replies = await makeDestination(db, workspaceId, { eventTypes: ["message.*", "lead.updated", "lead.tag.*"] });
  expect(await imported(workspaceId, "ann@example.com", "bob@example.com")).toEqual([]);
  expect(await eventsOf(workspaceId)).toEqual([]);
  const named = await Promise.all(
    [["lead.created"], ["lead.*"], ["*"]].map((eventTypes) => makeDestination(db, workspaceId, { eventTypes })),
  );
  // What names it is another workspace's concern, too.
  const elsewhere = await makeWorkspace(db);
  await imported(elsewhere, "ann@example.com");
  expect(await eventsOf(elsewhere)).toEqual([]);
  const lanes = await imported(workspaceId, "ann@example.com", "cid@example.com", "dot@example.com");
  expect(lanes.sort()).toEqual(named.map(({ id }) => id).sort());
  const told = (await eventsOf(workspaceId)).map(({ data }) => [data.email, data.origin]);
  expect(told.sort()).toEqual([
    ["cid@example.com", "import"],
    ["dot@example.com", "import"],
  ]);
  expect(await Promise.all([all, replies, ...named].map(({ id }) => queuedAt(id)))).toEqual([0, 0, 2, 2, 2]);
});
