import type { HeraldConfig } from "../../../server/src/config.ts";
import { recordEvents } from "../../../server/src/db/event.ts";
import { getReplay, type Replay } from "../../../server/src/db/replay.ts";
import { newEventId } from "../../../server/src/domain/id.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";
import { outboxEmpty } from "../herald.ts";
import { sampleEventData } from "../sample.ts";
import type { RecoverTarget } from "./benchmark.ts";

export interface RecoverSettings {
  config: HeraldConfig;
  target: RecoverTarget;
}

/** What was seen while the replay ran. */
export interface Recovered {
  replay: Replay;
  /** Live events that were sent meanwhile, and how long they took from the log to their answer, in milliseconds. */
  sent: number;
  medianMs: number;
  worstMs: number;
  /** Most rows that were in the outbox at a look. */
  mostRows: number;
}

export type RecoverCalls = {
  start(): Promise<void>;
  /** The destination got work. */
  wake(): void;
  drained(): Promise<void>;
  /** Resolves when the replay is over. Sends a live event every tenth of a second until then. */
  recovered(id: string): Promise<Recovered>;
  peakRss(): number;
};

const every = 100;

serve<RecoverSettings, RecoverCalls>(async ({ config, target }) => {
  const herald = await Herald.open(config);
  const { db } = herald.context;
  const { workspaceId, destinationId } = target;

  async function live(): Promise<string> {
    const at = Date.now();
    const id = newEventId(at);
    const fact = {
      workspaceId,
      id,
      at,
      type: "message.sent",
      leadId: null,
      campaignId: null,
      channel: "sms",
      formats: 7,
    };
    herald.context.wake("delivery", await recordEvents(db, [{ ...fact, data: sampleEventData() }]));
    return id;
  }

  return {
    calls: {
      start: () => herald.start({ api: false, work: true }),
      wake: () => herald.context.wake("delivery", [{ workspaceId, laneId: destinationId }]),
      drained: () => outboxEmpty(herald),
      async recovered(id) {
        herald.context.wakeReplays();
        const ids: string[] = [];
        let mostRows = 0;
        for (;;) {
          const replay = (await getReplay(db, workspaceId, id)) as Replay;
          if (replay.status !== "running") {
            await outboxEmpty(herald);
            const { rows } = await db.query<{ ms: number }>(
              `select (extract(epoch from a.started_at) * 1000 + a.duration_ms - substr(a.ref, 5, 13)::float8)::float8 as ms
               from attempt a where a.ref = any($1::text[]) and a.lane_id = $2 order by 1`,
              [ids, destinationId],
            );
            const worst = rows.at(-1)?.ms ?? 0;
            return { replay, sent: ids.length, medianMs: rows[rows.length >> 1]?.ms ?? 0, worstMs: worst, mostRows };
          }
          const { rows } = await db.query<{ n: number }>("select count(*)::int as n from outbox");
          mostRows = Math.max(mostRows, rows[0]!.n);
          ids.push(await live());
          await new Promise((resolve) => setTimeout(resolve, every));
        }
      },
      peakRss,
    },
    close: () => herald.stop(),
  };
});
