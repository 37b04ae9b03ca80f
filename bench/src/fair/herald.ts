import type { HeraldConfig } from "../../../server/src/config.ts";
import { recordEvents } from "../../../server/src/db/event.ts";
import { eventIdTime, newEventId } from "../../../server/src/domain/id.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";
import { jobChunks } from "../delivery/jobs.ts";
import type { Target } from "../delivery/settings.ts";
import { sampleEventData } from "../sample.ts";

export interface FairSettings {
  config: HeraldConfig;
  /** The destinations that are measured. */
  targets: Target[];
}

/** An event, and when its commit was answered: milliseconds of the system's monotonic clock, which all processes share. */
export type Committed = [id: string, at: number];

export type FairCalls = {
  start(): Promise<void>;
  /** Stores events while their destinations are held, and answers with their IDs. */
  store(count: number): Promise<string[]>;
  /** Lets them go. */
  release(): Promise<void>;
  /** Records `rate` events a second for so many seconds, as they would come, each in a transaction of its own. */
  offer(load: { rate: number; seconds: number }): Promise<Committed[]>;
  /** Events are for one measured destination after the other. Megabytes: now, and the most so far. */
  memory(): { rssMb: number; peakMb: number };
};

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

serve<FairSettings, FairCalls>(async ({ config, targets }) => {
  const herald = await Herald.open(config);
  const { db } = herald.context;
  const lanes = targets.map(({ workspaceId, destinationId }) => ({ workspaceId, laneId: destinationId }));
  const park = async (until: string | null) => {
    await db.query(
      `update lane l set parked_until = $3::timestamptz from unnest($1::text[], $2::text[]) as t (w, id)
       where l.workspace_id = t.w and l.id = t.id`,
      [targets.map((t) => t.workspaceId), targets.map((t) => t.destinationId), until],
    );
  };
  let offered = 0;
  return {
    calls: {
      // Without the figures of analytics: counting what one turn has delivered would fall into the turn of the other side.
      start: () => herald.start({ api: false, work: true, analytics: false }),
      async store(count) {
        await park("infinity");
        const ids: string[] = [];
        for (const jobs of jobChunks(targets, count)) {
          const facts = jobs.map(({ eventId, workspaceId, data }) => fact(eventId, workspaceId, data));
          await recordEvents(db, facts);
          ids.push(...facts.map(({ id }) => id));
        }
        const stored = await storedIds(ids);
        return ids.map((id) => stored.get(id)!);
      },
      async release() {
        await park(null);
        herald.context.wake("delivery", lanes);
      },
      async offer({ rate, seconds }) {
        const committed: Committed[] = [];
        const began = performance.now();
        const pending: Promise<void>[] = [];
        const count = Math.round(rate * seconds);
        for (let n = 0; n < count; ) {
          const due = Math.min(count, Math.ceil(((performance.now() - began) * rate) / 1_000));
          for (; n < due; n++) pending.push(one(committed));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await Promise.all(pending);
        const stored = await storedIds(committed.map(([id]) => id));
        return committed.map(([id, at]) => [stored.get(id)!, at]);
      },
      memory: () => ({ rssMb: Math.round(process.memoryUsage.rss() / 1024 / 1024), peakMb: peakRss() }),
    },
    close: () => herald.stop(),
  };

  /** An event that is stored later than half a second after it was made gets another time, and keeps the end of its ID. */
  async function storedIds(ids: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await db.query<{ id: string }>("select id from event where at > now() - interval '10 minutes'");
    const byEnd = new Map(rows.map(({ id }) => [id.slice(-10), id]));
    return new Map(ids.map((id) => [id, byEnd.get(id.slice(-10)) ?? id]));
  }

  async function one(committed: Committed[]): Promise<void> {
    const { workspaceId } = targets[offered++ % targets.length]!;
    const event = fact(newEventId(Date.now()), workspaceId, sampleEventData());
    const touched = await recordEvents(db, [event]);
    committed.push([event.id, monotonicMs()]);
    herald.context.wake("delivery", touched);
  }
});

const fact = (id: string, workspaceId: string, data: string) => ({
  ...{ workspaceId, id, at: eventIdTime(id) ?? 0, type: "message.sent" },
  ...{ leadId: null, campaignId: null, channel: "sms", formats: 7, data },
});
