import { afterAll, beforeAll, expect, test } from "vitest";
import { resumeCampaign, startCampaign } from "../../src/campaigns/control.ts";
import { Guard } from "../../src/campaigns/guard.ts";
import { getCampaign } from "../../src/db/campaign.ts";
import type { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("a campaign that does harm is paused, also if the first look at it failed", async () => {
  const { engine, workspaceId, senderId } = await setup(db, (n) =>
    n % 5 === 0
      ? { outcome: "failed", code: "invalid_number", detail: "No such number." }
      : { outcome: "sent", providerMessageId: `G${n}` },
  );
  const leadIds = await Promise.all(Array.from({ length: 60 }, () => makeLead(db, workspaceId)));
  const steps = [{ channel: "sms" as const }, { channel: "sms" as const, delayMs: 3_600_000 }];
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  let away = true;
  const flaky = Object.assign(Object.create(db), {
    query: async (...args: Parameters<Database["query"]>) => {
      if (away) throw new Error("Connection terminated");
      return await db.query(...args);
    },
  }) as Database;
  const guard = new Guard({ db: flaky, wakeDeliveries: () => {}, everyMs: 3_600_000, onError: () => {} });
  guard.failed([{ workspaceId, campaignId }]);
  await expect(guard.runOnce()).rejects.toThrow("terminated");
  away = false;
  expect(await guard.runOnce()).toBe(1);
  expect(await getCampaign(db, workspaceId, campaignId)).toMatchObject({ status: "paused", pausedBy: "system" });
  // Who resumes it takes that upon himself: what failed before is no reason to pause it again.
  await resumeCampaign(db, workspaceId, campaignId, "user");
  guard.failed([{ workspaceId, campaignId }]);
  expect(await guard.runOnce()).toBe(0);
  await guard.stop();
});
