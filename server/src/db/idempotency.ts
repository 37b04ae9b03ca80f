import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace } from "./sharding.ts";

/** The answer to an earlier request with the same key. */
export interface StoredAnswer {
  requestHash: Buffer;
  /** Null where the key was used by messages, which keep no answer here. */
  status: number | null;
  /** Sealed. */
  response: Buffer | null;
}

/**
 * Takes a key for this transaction; null: it is ours. While another transaction holds the same key, this waits for its
 * end: committed, its answer is returned; rolled back, the key is ours.
 */
export async function takeIdempotencyKey(
  tx: Queryable,
  workspaceId: string,
  key: string,
  requestHash: Buffer,
): Promise<StoredAnswer | null> {
  const { rowCount } = await tx.query(
    `insert into idempotency_key (workspace_id, key, request_hash) values ($1, $2, $3)
     on conflict (workspace_id, key) do nothing`,
    [workspaceId, key, requestHash],
  );
  if (rowCount === 1) return null;
  // A statement of its own: it sees what the other transaction committed while the insert waited.
  const { rows } = await tx.query<StoredAnswer>(
    `select request_hash as "requestHash", status, response from idempotency_key where workspace_id = $1 and key = $2`,
    [workspaceId, key],
  );
  // Deleted as too old between the two statements: so rare that the client may simply send it again.
  return rows[0] ?? { requestHash, status: null, response: null };
}

/** Keeps the answer; in the transaction that took the key. */
export async function storeAnswer(
  tx: Queryable,
  workspaceId: string,
  key: string,
  status: number,
  response: Buffer | null,
): Promise<void> {
  await tx.query("update idempotency_key set status = $3, response = $4 where workspace_id = $1 and key = $2", [
    workspaceId,
    key,
    status,
    response,
  ]);
}

/** How long a key is remembered. */
export const idempotencyHours = 48;

export const oldKeyForms = inForms(
  "idempotency.old",
  2,
  (within) => `
delete from idempotency_key k using (
  select o.workspace_id, o.key from idempotency_key o
  where o.created_at < now() - make_interval(hours => $2)${within("o")}
  order by o.created_at limit $1
  for update skip locked) old
where k.workspace_id = old.workspace_id and k.key = old.key${within("k")}`,
);

/** Deletes keys older than 48 hours; returns how many. In batches, so that no statement holds many locks. */
export async function deleteOldKeys(db: Queryable, batch = 5_000): Promise<number> {
  const find = {
    name: "idempotency.workspaces",
    text: "select distinct workspace_id from idempotency_key where created_at < now() - make_interval(hours => $1) order by 1",
    values: [idempotencyHours],
  };
  const counts = await readInEachWorkspace(db, find, async (on, workspaceId) => {
    const { text, values } = inForm(oldKeyForms, [batch, idempotencyHours], workspaceId);
    for (let deleted = 0; ; ) {
      const { rowCount } = await on.query({ text, values });
      deleted += rowCount ?? 0;
      if ((rowCount ?? 0) < batch) return [deleted];
    }
  });
  return counts.reduce((sum, n) => sum + n, 0);
}
