import type { Queryable } from "./pool.ts";

/** Tokens of CRMs, shared by all processes: one of them renews, the others wait for what it gets. */

export interface CrmTokenKey {
  workspaceId: string;
  destinationId: string;
}

export interface CrmTokenRow {
  sealed: Buffer | null;
  version: number;
}

export interface CrmTokenClaim extends CrmTokenRow {
  /** Whether the caller is to renew it now. */
  mine: boolean;
  /** Why the last renewal was refused, where nobody is to ask again yet. */
  code: string | null;
  problem: string | null;
}

/**
 * Asks to renew the token of `version` (0: there is none), for `leaseMs`. Not the caller's where there is a later one, where
 * another renewal is under way, or where one was refused a moment ago.
 */
export async function claimCrmToken(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  version: number,
  claim: string,
  leaseMs: number,
): Promise<CrmTokenClaim> {
  const free = "t.version = $4 and t.claimed_until <= excluded.claimed_at";
  const { rows } = await db.query<CrmTokenClaim>({
    name: "crm.token.claim",
    text: `insert into crm_token as t (workspace_id, destination_id, claim, claimed_at, claimed_until)
      values ($1, $2, $3, now(), now() + make_interval(secs => $5::float8 / 1000))
      on conflict (workspace_id, destination_id) do update set
        claim = case when ${free} then excluded.claim else t.claim end,
        code = case when ${free} then null else t.code end,
        problem = case when ${free} then null else t.problem end,
        claimed_until = case when ${free} then excluded.claimed_until else t.claimed_until end
      returning t.sealed, t.version::float8 as version, t.claim = $3 as mine, t.code, t.problem`,
    values: [workspaceId, destinationId, claim, version, leaseMs],
  });
  return rows[0]!;
}

/**
 * The token that came in place of the one of `version`, also where the claim has ended meanwhile: whoever has claimed it since
 * asks by a refresh token that this one's renewal may have used up. False: there is a later one, which counts.
 */
export async function storeCrmToken(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  version: number,
  sealed: Buffer,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "crm.token.store",
    text: `update crm_token set sealed = $4, version = version + 1, claimed_until = '-infinity', claim = '', code = null, problem = null
      where workspace_id = $1 and destination_id = $2 and version = $3`,
    values: [workspaceId, destinationId, version, sealed],
  });
  return rowCount === 1;
}

/** The renewal failed: with a reason nobody asks again for `restMs`, without one somebody may at once. */
export async function failCrmToken(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  claim: string,
  refusal: { code: string; problem: string; restMs: number } | null,
): Promise<void> {
  await db.query({
    name: "crm.token.fail",
    text: `update crm_token set claim = '', code = $4, problem = $5, claimed_until = now() + make_interval(secs => $6::float8 / 1000)
      where workspace_id = $1 and destination_id = $2 and claim = $3`,
    values: [workspaceId, destinationId, claim, refusal?.code ?? null, refusal?.problem ?? null, refusal?.restMs ?? 0],
  });
}

export async function getCrmToken(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
): Promise<CrmTokenRow | null> {
  const { rows } = await db.query<CrmTokenRow>({
    name: "crm.token.get",
    text: `select sealed, version::float8 as version from crm_token where workspace_id = $1 and destination_id = $2`,
    values: [workspaceId, destinationId],
  });
  return rows[0] ?? null;
}

/** Somebody begins an authorization; one that was begun before doesn't hold any more. */
export async function beginAuthorization(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  { stateHash, verifier, holdsMs }: { stateHash: Buffer; verifier: Buffer; holdsMs: number },
): Promise<void> {
  await db.query({
    name: "crm.token.begin",
    text: `insert into crm_token (workspace_id, destination_id, state_hash, verifier, state_until)
      values ($1, $2, $3, $4, now() + make_interval(secs => $5::float8 / 1000))
      on conflict (workspace_id, destination_id) do update
        set state_hash = excluded.state_hash, verifier = excluded.verifier, state_until = excluded.state_until`,
    values: [workspaceId, destinationId, stateHash, verifier, holdsMs],
  });
}

/** Uses an authorization up: its sealed verifier, once. Null: it was used, is too old, or another was begun. */
export async function endAuthorization(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  stateHash: Buffer,
): Promise<Buffer | null> {
  const { rows } = await db.query<{ verifier: Buffer }>({
    name: "crm.token.end",
    // The verifier stays until the next one: what is returned is the row as it is after the update.
    text: `update crm_token set state_hash = null, state_until = null
      where workspace_id = $1 and destination_id = $2 and state_hash = $3 and state_until > now() returning verifier`,
    values: [workspaceId, destinationId, stateHash],
  });
  return rows[0]?.verifier ?? null;
}

/** A token that somebody authorized, in place of the one that there was. */
export async function putCrmToken(
  db: Queryable,
  { workspaceId, destinationId }: CrmTokenKey,
  sealed: Buffer,
): Promise<void> {
  await db.query({
    name: "crm.token.put",
    text: `update crm_token set sealed = $3, version = version + 1, claim = '', claimed_until = '-infinity', code = null,
        problem = null, verifier = null
      where workspace_id = $1 and destination_id = $2`,
    values: [workspaceId, destinationId, sealed],
  });
}

/** The destination has other credentials: what was refused may be given now. */
export async function retryCrmToken(db: Queryable, { workspaceId, destinationId }: CrmTokenKey): Promise<void> {
  await db.query({
    name: "crm.token.retry",
    text: `update crm_token set claim = '', claimed_until = '-infinity', code = null, problem = null
      where workspace_id = $1 and destination_id = $2 and problem is not null`,
    values: [workspaceId, destinationId],
  });
}
