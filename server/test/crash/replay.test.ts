import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, expect, inject, test } from "vitest";
import { type Receiver, startReceiver } from "../../src/loopback/receiver.ts";
import { anyEvent, storePastEvents } from "../factories.ts";
import { HeraldProcess } from "./herald-process.ts";

/** HERALD_CRASH_EVENTS and HERALD_CRASH_KILLS make the run longer. The crash matrix stops a replay at exact points. */
const events = Number(process.env.HERALD_CRASH_EVENTS ?? 2_000);
const kills = Number(process.env.HERALD_CRASH_KILLS ?? 2);

let herald: HeraldProcess;
let receiver: Receiver;
afterEach(async () => {
  await herald?.end();
  await receiver?.close();
});

/** Resolves when so many requests have come in all. */
async function arrived(count: number): Promise<void> {
  while (receiver.stats().received < count) await once(receiver.events, "request");
}

interface Shown {
  status: string;
  progress: { counted: number; queued: number; delivered: number; failed: number; dropped: number };
}

test(`a replay of ${events} events goes on through ${kills} kills: each is queued once, and each arrives under its ID`, {
  timeout: 180_000,
}, async () => {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  receiver = await startReceiver({ format: "herald", secret, light: true });
  herald = new HeraldProcess({}, { copyOf: inject("dataFolder") });
  await herald.start();
  const { id: workspaceId } = await herald.call<{ id: string }>("GET", "/v1/workspace");
  const db = herald.database();
  try {
    // Before there is a destination: nobody has them.
    const from = Date.now() - 60_000 - events;
    const stored = Array.from({ length: events }, (_, n) => anyEvent(workspaceId, n, from + n));
    for (let n = 0; n < events; n += 5_000) await storePastEvents(db, stored.slice(n, n + 5_000));
    const { id: destinationId } = await herald.call<{ id: string }>("POST", "/v1/destinations", {
      ...{ url: `${receiver.url}/hook`, secret },
    });
    const to = new Date(Date.now() - 10_000).toISOString();
    const { id } = await herald.call<{ id: string }>("POST", "/v1/replays", { destinationId, to });
    for (let kill = 0; kill < kills; kill++) {
      await arrived(receiver.stats().received + Math.floor(events / (kills + 1) / 2));
      await herald.kill();
      await herald.start();
    }
    const shown = () => herald.call<Shown>("GET", `/v1/replays/${id}`);
    await expect.poll(async () => (await shown()).status, { timeout: 120_000, interval: 100 }).toBe("finished");
    expect((await shown()).progress).toMatchObject({
      ...{ counted: events, queued: events, delivered: events, failed: 0, dropped: 0 },
    });
    expect(new Set(receiver.byEventId.keys())).toEqual(new Set(stored.map((event) => event.id)));
    expect(receiver.stats().signaturesInvalid).toBe(0);
    const { rows } = await db.query<{ left: number; leased: number }>(
      "select (select count(*)::int from outbox) as left, (select sum(leased)::int from lane) as leased",
    );
    expect(rows).toEqual([{ left: 0, leased: 0 }]);
  } finally {
    await db.close();
  }
});
