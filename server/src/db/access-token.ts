import type { Queryable } from "./pool.ts";

/** Access tokens of senders, shared by all processes; sealed. */

export interface TokenKey {
  workspaceId: string;
  senderId: string;
  /** By which settings they are asked for. */
  basis: string;
}

export interface StoredToken {
  token: Buffer;
  tokenNo: number;
  goodUntil: Date;
}

/** Seconds for which a token must be good yet: a login takes a while, and clocks differ. */
const marginSeconds = 60;
/** Longer than a token endpoint may take. */
const askSeconds = 30;

/** The token that is good now; null: one has to be asked for. */
export async function currentToken(
  db: Queryable,
  { workspaceId, senderId, basis }: TokenKey,
): Promise<StoredToken | null> {
  const { rows } = await db.query<StoredToken>(
    `select token, token_no as "tokenNo", good_until as "goodUntil" from access_token
     where workspace_id = $1 and sender_id = $2 and basis = $3 and token is not null
       and good_until > now() + make_interval(secs => ${marginSeconds})`,
    [workspaceId, senderId, basis],
  );
  return rows[0] ?? null;
}

/** Who is answered asks the provider, with this refresh token or that of the credentials; null: somebody else does, or has. */
export async function beginAsking(
  db: Queryable,
  { workspaceId, senderId, basis }: TokenKey,
): Promise<{ refreshToken: Buffer | null; tokenNo: number } | null> {
  await db.query(
    "insert into access_token (workspace_id, sender_id, basis) values ($1, $2, $3) on conflict do nothing",
    [workspaceId, senderId, basis],
  );
  const { rows } = await db.query<{ refreshToken: Buffer | null; tokenNo: number }>(
    `update access_token set asked_until = now() + make_interval(secs => ${askSeconds})
     where workspace_id = $1 and sender_id = $2 and basis = $3
       and (good_until is null or good_until <= now() + make_interval(secs => ${marginSeconds}))
       and (asked_until is null or asked_until <= now())
     returning refresh_token as "refreshToken", token_no as "tokenNo"`,
    [workspaceId, senderId, basis],
  );
  return rows[0] ?? null;
}

/** The provider gave a token. `refreshToken`: in place of the one before; null: that one stays. */
export async function keepToken(
  db: Queryable,
  { workspaceId, senderId, basis }: TokenKey,
  given: { token: Buffer; refreshToken: Buffer | null; lifeMs: number },
): Promise<StoredToken> {
  const { rows } = await db.query<StoredToken>(
    `update access_token set token = $4, refresh_token = coalesce($5, refresh_token), token_no = token_no + 1, asked_until = null,
       good_until = now() + $6::float8 * interval '1 millisecond'
     where workspace_id = $1 and sender_id = $2 and basis = $3
     returning token, token_no as "tokenNo", good_until as "goodUntil"`,
    [workspaceId, senderId, basis, given.token, given.refreshToken, given.lifeMs],
  );
  return rows[0]!;
}

/** None came: whoever needs one may ask. */
export async function endAsking(db: Queryable, { workspaceId, senderId, basis }: TokenKey): Promise<void> {
  await db.query(
    "update access_token set asked_until = null where workspace_id = $1 and sender_id = $2 and basis = $3",
    [workspaceId, senderId, basis],
  );
}

/** The mail server refused this token, which is forgotten unless there is another one already. */
export async function forgetToken(
  db: Queryable,
  { workspaceId, senderId, basis }: TokenKey,
  tokenNo: number,
): Promise<void> {
  await db.query(
    `update access_token set good_until = null, token = null
     where workspace_id = $1 and sender_id = $2 and basis = $3 and token_no = $4`,
    [workspaceId, senderId, basis, tokenNo],
  );
}

/** Those of a sender that is gone, or has other credentials by now. */
export async function dropTokens(db: Queryable, workspaceId: string, senderId: string): Promise<void> {
  await db.query("delete from access_token where workspace_id = $1 and sender_id = $2", [workspaceId, senderId]);
}
