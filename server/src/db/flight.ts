import { leasesPerWorker } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { inEachWorkspace, inForm, inForms, readByWorkspace } from "./sharding.ts";

/** What a dead process left on record about an attempt without an outcome (campaigns/flight-recorder.ts). */
export interface StoredFlight {
  messageId: string;
  attempts: number;
  handedOver: boolean;
  /** The provider's answer, as the adapter read it. */
  result: unknown;
}

export const storeFlightForms = inForms(
  "flight.store",
  4,
  (within) => `
insert into flight (workspace_id, message_id, attempts, handed_over, result)
select m.workspace_id, m.id, m.attempts, f.id is not null, f.result
from outbox o
join message m on m.workspace_id = o.workspace_id and m.id = o.ref${within("m")}
left join json_to_recordset($4::json) as f (id text, attempts int, result jsonb) on f.id = m.id and f.attempts = m.attempts
where o.lease >= $1 and o.lease < $2 and m.status = 'sending' and m.begun_by = $3${within("o")}
on conflict (workspace_id, message_id) do update set attempts = excluded.attempts, handed_over = excluded.handed_over, result = excluded.result`,
);

export const loadFlightForms = inForms(
  "flight.load",
  2,
  (within) => `
select f.message_id as "messageId", f.attempts, f.handed_over as "handedOver", f.result
from unnest($1::text[], $2::text[]) as m (workspace_id, id)
join flight f on f.workspace_id = m.workspace_id and f.message_id = m.id${within("f")}`,
);

/**
 * Stores what is known of the attempts that a dead worker began and left open. `flights` is its whole record: an attempt of
 * it that is not in there was not handed over. Before its leases are taken back.
 */
export async function storeFlights(
  db: Queryable,
  workerNo: number,
  flights: readonly { messageId: string; attempts: number; result: unknown }[],
): Promise<number> {
  const [from, to] = [workerNo * leasesPerWorker, (workerNo + 1) * leasesPerWorker];
  const known = JSON.stringify(flights.map(({ messageId, attempts, result }) => ({ id: messageId, attempts, result })));
  const find = {
    name: "flight.workspaces",
    text: "select distinct workspace_id from outbox where lease >= $1 and lease < $2 order by 1",
    values: [from, to],
  };
  const counts = await inEachWorkspace(db, find, async (tx, workspaceId) => {
    const { text, values } = inForm(storeFlightForms, [from, to, workerNo, known], workspaceId);
    return [(await tx.query({ text, values })).rowCount ?? 0];
  });
  return counts.reduce((sum, n) => sum + n, 0);
}

export async function loadFlights(
  db: Queryable,
  messages: readonly { workspaceId: string; messageId: string }[],
): Promise<Map<string, StoredFlight>> {
  if (messages.length === 0) return new Map();
  const rows = await readByWorkspace(
    db,
    messages,
    (m) => m.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((m) => m.workspaceId), part.map((m) => m.messageId)];
      const { text, values } = inForm(loadFlightForms, ids, workspaceId);
      return (await on.query<StoredFlight>({ text, values })).rows;
    },
  );
  return new Map(rows.map((row) => [row.messageId, row]));
}

/** What is older than a day has served its purpose: the attempt was settled by it, or nobody asked. */
export async function deleteOldFlights(db: Queryable): Promise<number> {
  const text = "delete from flight where created_at < now() - interval '1 day'";
  return (await db.query({ name: "flight.old", text })).rowCount ?? 0;
}
