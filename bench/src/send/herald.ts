import { AuditSealer } from "../../../server/src/audit/sealer.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { outboxEmpty } from "../herald.ts";
import { routes, type SendSettings, subject, textFor } from "./settings.ts";

export type HeraldCalls = ContestantCalls & {
  /** Whether it keeps the figures of analytics up, from its next start on. */
  count(counting: boolean): void;
  /** Seals the audit trail, as if the minute were over. While it is halted. */
  seal(): Promise<{ count: number; seconds: number }>;
};

/** As many messages as are handed in at once. */
const chunk = 2_000;

/**
 * Herald as `herald start` runs it, without the API: messages were accepted, it starts, sends them, stores their events
 * and delivers these, the message loop and the delivery loop in one process.
 */
serve<SendSettings, HeraldCalls>(async ({ config, route, workspaceId }) => {
  const { channel } = routes[route];
  let herald = await Herald.open(config);
  let startedAt = 0;
  let leads = 0;
  let analytics = true;

  async function addLeads(count: number): Promise<{ id: string; n: number }[]> {
    const added = Array.from({ length: count }, () => ({ id: newId("lead"), n: ++leads }));
    const ids = added.map(({ id }) => id);
    const numbers = added.map(({ n }) => n);
    await herald.context.db.query(
      `with added as (insert into lead (workspace_id, id, first_name, phone, email)
       select $1, id, 'Jane', '+1303' || (2000000 + n), 'jane' || n || '@example.com' from unnest($2::text[], $3::int[]) as l (id, n) returning id, status)
       insert into lead_standing (workspace_id, status, lead_id) select $1, status, id from added`,
      [workspaceId, ids, numbers],
    );
    return added;
  }

  return {
    calls: {
      async store(count) {
        const ids: string[] = [];
        let seconds = 0;
        while (ids.length < count) {
          const added = await addLeads(Math.min(chunk, count - ids.length));
          const begin = performance.now();
          const accepted = await Promise.all(
            added.map(({ id, n }) => {
              const content = { subject: channel === "email" ? subject : null, text: textFor(n), html: null };
              const request = {
                workspaceId,
                leadId: id,
                channel,
                action: "message" as const,
                senderId: null,
                ...content,
              };
              return herald.context.desk.submit({ ...request, scheduledAt: null, source: "api" }, null);
            }),
          );
          seconds += (performance.now() - begin) / 1000;
          ids.push(...accepted.map(({ messageId }) => messageId));
        }
        return { ids, seconds };
      },
      async start() {
        startedAt = performance.now();
        await herald.start({ api: false, work: true, analytics });
      },
      async finished() {
        await outboxEmpty(herald);
        // What is left to be counted is part of the work.
        if (analytics) await herald.countAnalytics();
        return (performance.now() - startedAt) / 1000;
      },
      async halt() {
        await herald.stop();
        herald = await Herald.open(config);
      },
      count(counting) {
        analytics = counting;
      },
      async seal() {
        const failed: unknown[] = [];
        const sealer = new AuditSealer({ db: herald.context.db, onError: (_stage, error) => failed.push(error) });
        const began = performance.now();
        const count = await sealer.runOnce(Date.now() + 120_000);
        if (failed.length > 0) throw failed[0];
        return { count, seconds: (performance.now() - began) / 1000 };
      },
      peakRss,
    },
    close: () => herald.stop(),
  };
});
