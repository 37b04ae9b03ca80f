import { leasesPerWorker } from "./outbox.ts";
import type { Queryable } from "./pool.ts";

/** What a dead process left on record about an attempt without an outcome (campaigns/flight-recorder.ts). */
export interface StoredFlight {
  messageId: string;
  attempts: number;
  handedOver: boolean;
  /** The provider's answer, as the adapter read it. */
  result: unknown;
}

/**
 * Stores what is known of the attempts that a dead worker began and left open. `flights` is its whole record: an attempt of
 * it that is not in there was not handed over. Before its leases are taken back.
 */
export async function storeFlights(
  db: Queryable,
  workerNo: number,
  flights: readonly { messageId: string; attempts: number; result: unknown }[],
): Promise<number> {
  const { rowCount } = await db.query(
    `insert into flight (workspace_id, message_id, attempts, handed_over, result)
     select m.workspace_id, m.id, m.attempts, f.id is not null, f.result
     from outbox o
     join message m on m.workspace_id = o.workspace_id and m.id = o.ref
     left join json_to_recordset($4::json) as f (id text, attempts int, result jsonb) on f.id = m.id and f.attempts = m.attempts
     where o.lease >= $1 and o.lease < $2 and m.status = 'sending' and m.begun_by = $3
     on conflict (workspace_id, message_id) do update set attempts = excluded.attempts, handed_over = excluded.handed_over, result = excluded.result`,
    [
      workerNo * leasesPerWorker,
      (workerNo + 1) * leasesPerWorker,
      workerNo,
      JSON.stringify(flights.map(({ messageId, attempts, result }) => ({ id: messageId, attempts, result }))),
    ],
  );
  return rowCount ?? 0;
}

export async function loadFlights(
  db: Queryable,
  messages: readonly { workspaceId: string; messageId: string }[],
): Promise<Map<string, StoredFlight>> {
  if (messages.length === 0) return new Map();
  const { rows } = await db.query<StoredFlight>(
    `select f.message_id as "messageId", f.attempts, f.handed_over as "handedOver", f.result
     from unnest($1::text[], $2::text[]) as m (workspace_id, id)
     join flight f on f.workspace_id = m.workspace_id and f.message_id = m.id`,
    [messages.map((m) => m.workspaceId), messages.map((m) => m.messageId)],
  );
  return new Map(rows.map((row) => [row.messageId, row]));
}

/** What is older than a day has served its purpose: the attempt was settled by it, or nobody asked. */
export async function deleteOldFlights(db: Queryable): Promise<number> {
  return (await db.query("delete from flight where created_at < now() - interval '1 day'")).rowCount ?? 0;
}
