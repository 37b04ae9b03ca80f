import type { OlderSecret } from "../domain/older-secrets.ts";
import type { Queryable } from "./pool.ts";

export const sourceKinds = ["twilio", "unipile", "sendpilot", "apten", "generic", "imap"] as const;
export type SourceKindName = (typeof sourceKinds)[number];

/** Where something comes in from: an address of Herald's, and how what arrives there proves itself. */
export interface Source {
  id: string;
  kind: SourceKindName;
  name: string;
  /** The last part of its address. */
  token: string;
  status: "active" | "disabled";
  /** Whether a message of somebody whom nobody knows makes a lead. */
  createLeads: boolean;
  config: Record<string, unknown>;
  /** generic: JSONata. */
  mapping: string | null;
  /** Sealed. */
  secret: Buffer;
  previousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  /** The latest first. */
  olderSecrets: OlderSecret[] | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, kind, name, token, status, create_leads as "createLeads", config, mapping, secret,
  previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil", older_secrets as "olderSecrets", created_at as "createdAt",
  updated_at as "updatedAt"`;

export async function insertSource(
  db: Queryable,
  workspaceId: string,
  source: Pick<Source, "id" | "kind" | "name" | "token" | "createLeads" | "config" | "mapping" | "secret">,
): Promise<Source> {
  const { rows } = await db.query<Source>(
    `insert into source (workspace_id, id, kind, name, token, create_leads, config, mapping, secret)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
    [
      workspaceId,
      source.id,
      source.kind,
      source.name,
      source.token,
      source.createLeads,
      JSON.stringify(source.config),
      source.mapping,
      source.secret,
    ],
  );
  return rows[0]!;
}

export async function getSource(db: Queryable, workspaceId: string, id: string): Promise<Source | null> {
  const { rows } = await db.query<Source>(
    `select ${columns} from source where workspace_id = $1 and id = $2 and deleted_at is null`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** The sources that these addresses belong to, of whichever workspaces. */
export async function findSourcesByTokens(
  db: Queryable,
  tokens: readonly string[],
): Promise<(Source & { workspaceId: string })[]> {
  if (tokens.length === 0) return [];
  const { rows } = await db.query<Source & { workspaceId: string }>({
    name: "source.by_tokens",
    text: `select workspace_id as "workspaceId", ${columns} from source where token = any($1::text[]) and deleted_at is null`,
    values: [tokens],
  });
  return rows;
}

/** All of a kind, the oldest first. */
export async function sourcesOfKind(
  db: Queryable,
  workspaceId: string,
  kind: SourceKindName,
): Promise<Pick<Source, "id" | "status">[]> {
  const { rows } = await db.query<Pick<Source, "id" | "status">>(
    "select id, status from source where workspace_id = $1 and kind = $2 and deleted_at is null order by id",
    [workspaceId, kind],
  );
  return rows;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listSources(
  db: Queryable,
  workspaceId: string,
  before: string | null,
  limit: number,
): Promise<Source[]> {
  const { rows } = await db.query<Source>(
    `select ${columns} from source where workspace_id = $1 and ($2::text is null or id < $2) and deleted_at is null order by id desc limit $3`,
    [workspaceId, before, limit],
  );
  return rows;
}

/** What may be changed of a source; undefined leaves a column as it is. */
export interface SourceChange {
  name?: string | undefined;
  token?: string | undefined;
  status?: Source["status"] | undefined;
  createLeads?: boolean | undefined;
  config?: Record<string, unknown> | undefined;
  mapping?: string | undefined;
  secret?: Buffer | undefined;
  previousSecret?: Buffer | null | undefined;
  previousSecretUntil?: Date | null | undefined;
  olderSecrets?: string | null | undefined;
}

const changeable: { readonly [K in keyof SourceChange]-?: string } = {
  name: "name",
  token: "token",
  status: "status",
  createLeads: "create_leads",
  config: "config",
  mapping: "mapping",
  secret: "secret",
  previousSecret: "previous_secret",
  previousSecretUntil: "previous_secret_until",
  olderSecrets: "older_secrets",
};

export async function updateSource(
  db: Queryable,
  workspaceId: string,
  id: string,
  change: SourceChange,
): Promise<Source | null> {
  const values: unknown[] = [workspaceId, id];
  const assignments = ["updated_at = now()"];
  for (const [key, column] of Object.entries(changeable)) {
    const value = change[key as keyof SourceChange];
    if (value === undefined) continue;
    values.push(key === "config" ? JSON.stringify(value) : value);
    assignments.push(`${column} = $${values.length}`);
  }
  const { rows } = await db.query<Source>(
    `update source set ${assignments.join(", ")} where workspace_id = $1 and id = $2 and deleted_at is null returning ${columns}`,
    values,
  );
  return rows[0] ?? null;
}

/**
 * Deletes a source: nothing comes in there any more, and what came in goes with it, but what still waits. That is processed first
 * (a STOP may be among it), and `purgeSources` removes what is left. What became of it (messages, leads) stays. False: there is none.
 */
export async function deleteSource(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "update source set deleted_at = now(), updated_at = now() where workspace_id = $1 and id = $2 and deleted_at is null",
    [workspaceId, id],
  );
  await forgetReceived(tx, workspaceId, id);
  return (rowCount ?? 0) > 0;
}

async function forgetReceived(db: Queryable, workspaceId: string, id: string): Promise<void> {
  await db.query("delete from received where workspace_id = $1 and source_id = $2 and status <> 'waiting'", [
    workspaceId,
    id,
  ]);
  await db.query("delete from source_count where workspace_id = $1 and source_id = $2", [workspaceId, id]);
}

/**
 * Removes sources that were deleted more than an hour ago and have nothing left to be processed. An hour: a request that another
 * process had just let in may be kept after the source was deleted.
 */
export async function purgeSources(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ workspaceId: string; id: string }>({
    name: "source.deleted",
    text: `select workspace_id as "workspaceId", id from source where deleted_at < now() - interval '1 hour' limit 1000`,
  });
  for (const { workspaceId, id } of rows) {
    await forgetReceived(db, workspaceId, id);
    const waiting = await db.query(
      "select 1 from received where workspace_id = $1 and source_id = $2 and status = 'waiting' limit 1",
      [workspaceId, id],
    );
    if (waiting.rowCount) continue;
    await db.query("delete from source where workspace_id = $1 and id = $2 and deleted_at is not null", [
      workspaceId,
      id,
    ]);
  }
}

/** What can become of a request at a source's address. */
export const requestOutcomes = [
  "accepted",
  "replayed",
  "unsigned",
  "wrong_signature",
  "stale",
  "too_large",
  "disabled",
] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

export interface SourceCount {
  workspaceId: string;
  sourceId: string;
  outcome: RequestOutcome;
  n: number;
}

/** Adds to the counts, and notes when. In the order of their keys, so that two processes don't wait for each other. */
export async function addSourceCounts(db: Queryable, counts: readonly SourceCount[]): Promise<void> {
  if (counts.length === 0) return;
  await db.query(
    `insert into source_count (workspace_id, source_id, outcome, n, last_at)
     select c."workspaceId", c."sourceId", c.outcome, c.n, now()
     from json_to_recordset($1::json) as c ("workspaceId" text, "sourceId" text, outcome text, n bigint)
     where exists (select from source s where s.workspace_id = c."workspaceId" and s.id = c."sourceId" and s.deleted_at is null)
     order by 1, 2, 3
     on conflict (workspace_id, source_id, outcome) do update set n = source_count.n + excluded.n, last_at = excluded.last_at`,
    [JSON.stringify(counts)],
  );
}

/** By source and outcome; what never happened is missing. */
export async function sourceCounts(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<(Omit<SourceCount, "workspaceId"> & { lastAt: Date })[]> {
  const { rows } = await db.query<Omit<SourceCount, "workspaceId"> & { lastAt: Date }>(
    `select source_id as "sourceId", outcome, n, last_at as "lastAt" from source_count
     where workspace_id = $1 and source_id = any($2)`,
    [workspaceId, ids],
  );
  return rows;
}
