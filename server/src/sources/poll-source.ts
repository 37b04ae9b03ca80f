import type { Database } from "../db/pool.ts";
import { insertSource, type Source, sourcesOfKind } from "../db/source.ts";
import { newId } from "../domain/id.ts";
import type { SecretBox } from "../domain/seal.ts";
import { kindsOfSources } from "./kinds.ts";
import { newToken } from "./token.ts";

/** Where what was asked for is kept. */
export interface PollSource {
  id: string;
  /** All sources of the kind: what one of them was told is known. */
  allIds: readonly string[];
}

/**
 * The workspace's oldest active source of Unipile's kind. Where there is none it is made, without anything at the other side that
 * would call its address: what was asked for is shown, and processed again, where all that comes in is. Null: there is one,
 * and it is disabled.
 */
export async function pollSource(db: Database, box: SecretBox, workspaceId: string): Promise<PollSource | null> {
  const sources = await sourcesOfKind(db, workspaceId, "unipile");
  if (sources.length > 0) return chosen(sources);
  return await db.transaction(async (tx) => {
    // Two processes with a turn of two senders.
    await tx.query("select pg_advisory_xact_lock(hashtext($1))", [`herald.poll_source.${workspaceId}`]);
    const now = await sourcesOfKind(tx, workspaceId, "unipile");
    if (now.length > 0) return chosen(now);
    const id = newId("source");
    const secret = box.seal(kindsOfSources.unipile.newSecret!(), `${workspaceId}/${id}`);
    const config = kindsOfSources.unipile.config.parse({}) as Record<string, unknown>;
    const made = { id, kind: "unipile" as const, name: "Unipile", token: newToken(), createLeads: true };
    await insertSource(tx, workspaceId, { ...made, config, mapping: null, secret });
    return { id, allIds: [id] };
  });
}

function chosen(sources: readonly Pick<Source, "id" | "status">[]): PollSource | null {
  const active = sources.find(({ status }) => status === "active");
  return active ? { id: active.id, allIds: sources.map(({ id }) => id) } : null;
}
