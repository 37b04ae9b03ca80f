import { hash, randomBytes } from "node:crypto";
import { newId } from "../domain/id.ts";
import { rolesWith, type Scope } from "../domain/rights.ts";
import type { Queryable } from "./pool.ts";

/** A key as the API shows it; the key itself is not stored. */
export interface ApiKey {
  id: string;
  name: string;
  /** The first characters of the key. */
  prefix: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const columns = `id, name, prefix, scopes, created_at as "createdAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** Makes a key: `hk_live_` and 32 random bytes in base64url. `secret` is the whole key, and exists nowhere else. */
export async function createApiKey(
  db: Queryable,
  workspaceId: string,
  { name, scopes }: { name: string; scopes: readonly Scope[] },
): Promise<{ key: ApiKey; secret: string }> {
  const secret = `hk_live_${randomBytes(32).toString("base64url")}`;
  const { rows } = await db.query<ApiKey>(
    `insert into api_key (workspace_id, id, name, hash, prefix, scopes) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [workspaceId, newId("apiKey"), name, hash("sha256", secret, "buffer"), secret.slice(0, 12), [...new Set(scopes)]],
  );
  return { key: rows[0]!, secret };
}

export async function findKeyByHash(db: Queryable, digest: Buffer): Promise<(ApiKey & { workspaceId: string }) | null> {
  const { rows } = await db.query<ApiKey & { workspaceId: string }>({
    name: "apiKey.byHash",
    text: `select workspace_id as "workspaceId", ${columns} from api_key where hash = $1`,
    values: [digest],
  });
  return rows[0] ?? null;
}

export async function findKeyById(db: Queryable, workspaceId: string, id: string): Promise<ApiKey | null> {
  const { rows } = await db.query<ApiKey>(`select ${columns} from api_key where workspace_id = $1 and id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listApiKeys(
  db: Queryable,
  workspaceId: string,
  before: string | null,
  limit: number,
): Promise<ApiKey[]> {
  const { rows } = await db.query<ApiKey>(
    `select ${columns} from api_key where workspace_id = $1 and ($2::text is null or id < $2) order by id desc limit $3`,
    [workspaceId, before, limit],
  );
  return rows;
}

/** Says that the key was used now. */
export async function touchKey(db: Queryable, workspaceId: string, id: string): Promise<void> {
  await db.query("update api_key set last_used_at = now() where workspace_id = $1 and id = $2", [workspaceId, id]);
}

/**
 * Revokes a key for ever (again: no change). `last`: nothing was changed, because no other key of the workspace, and
 * nobody in it, could make new ones. Inside a transaction: the workspace's keys are locked, so that two revocations can't both be the last.
 */
export async function revokeApiKey(tx: Queryable, workspaceId: string, id: string): Promise<ApiKey | "last" | null> {
  const { rows: keys } = await tx.query<ApiKey>(
    `select ${columns} from api_key where workspace_id = $1 and (id = $2 or revoked_at is null) order by id for update`,
    [workspaceId, id],
  );
  const key = keys.find((row) => row.id === id);
  if (!key || key.revokedAt) return key ?? null;
  const last = key.scopes.includes("admin") && !keys.some((row) => row.id !== id && row.scopes.includes("admin"));
  if (last && !(await someoneCanMakeKeys(tx, workspaceId))) return "last";
  const { rows } = await tx.query<ApiKey>(
    `update api_key set revoked_at = now() where workspace_id = $1 and id = $2 returning ${columns}`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

async function someoneCanMakeKeys(tx: Queryable, workspaceId: string): Promise<boolean> {
  const { rows } = await tx.query<{ any: boolean }>(
    "select exists (select from member where workspace_id = $1 and role = any($2)) as any",
    [workspaceId, rolesWith("keys.write")],
  );
  return rows[0]!.any;
}
