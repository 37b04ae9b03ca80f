import { newId } from "../domain/id.ts";
import type { Role } from "../domain/rights.ts";
import type { Queryable } from "./pool.ts";

/** Sessions of people who are signed in. */

/** A session that wasn't used for so long is over: a weekend with a holiday isn't, a forgotten one is. */
export const sessionIdleDays = 7;
/** And in any case after so long. */
export const sessionDays = 30;

/** Who is behind a session's token, and in which workspace. */
export interface SignedIn {
  id: string;
  userId: string;
  email: string;
  name: string;
  /** Whether they can sign in by one; who came by the identity provider has none at first. */
  hasPassword: boolean;
  seenAt: Date;
  /** Null: in none. */
  workspace: { id: string; role: Role } | null;
}

const alive = `s.expires_at > now() and s.seen_at > now() - interval '${sessionIdleDays} days'`;

export interface NewSession {
  userId: string;
  tokenHash: Buffer;
  workspaceId: string | null;
  ip: string | null;
  userAgent: string | null;
}

export async function insertSession(tx: Queryable, session: NewSession): Promise<string> {
  const id = newId("session");
  await tx.query(
    `insert into user_session (id, user_id, token_hash, workspace_id, expires_at, ip, user_agent)
     values ($1, $2, $3, $4, now() + interval '${sessionDays} days', $5, $6)`,
    [id, session.userId, session.tokenHash, session.workspaceId, session.ip, session.userAgent],
  );
  return id;
}

/**
 * The session with this token, if it is not over, in the workspace that is `wanted` (null there: not the person's); without
 * one in that which was chosen last, else the first one that the person came into.
 */
export async function findSession(db: Queryable, tokenHash: Buffer, wanted: string | null): Promise<SignedIn | null> {
  const { rows } = await db.query<Omit<SignedIn, "workspace"> & { workspaceId: string | null; role: Role | null }>({
    name: "session.find",
    text: `
select s.id, s.user_id as "userId", u.email, u.name, u.password_hash is not null as "hasPassword",
  s.seen_at as "seenAt", m.workspace_id as "workspaceId", m.role
from user_session s
join user_account u on u.id = s.user_id
left join lateral (
  select m.workspace_id, m.role from member m where m.user_id = s.user_id and ($2::text is null or m.workspace_id = $2)
  order by m.workspace_id = s.workspace_id desc nulls last, m.created_at, m.workspace_id limit 1) m on true
where s.token_hash = $1 and ${alive}`,
    values: [tokenHash, wanted],
  });
  const [row] = rows;
  if (!row) return null;
  const { workspaceId, role, ...session } = row;
  return { ...session, workspace: workspaceId === null ? null : { id: workspaceId, role: role! } };
}

/** Whether the session with this token is over by itself; false: there is none, since somebody ended it, or it is long over. */
export async function hasExpired(db: Queryable, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query(`select 1 from user_session s where s.token_hash = $1 and not (${alive})`, [
    tokenHash,
  ]);
  return rowCount === 1;
}

export async function touchSession(db: Queryable, id: string): Promise<void> {
  await db.query("update user_session set seen_at = now() where id = $1", [id]);
}

export async function chooseWorkspace(tx: Queryable, id: string, workspaceId: string): Promise<void> {
  await tx.query("update user_session set workspace_id = $2 where id = $1", [id, workspaceId]);
}

/** A session as its owner sees it. */
export interface Session {
  id: string;
  createdAt: Date;
  seenAt: Date;
  expiresAt: Date;
  ip: string | null;
  userAgent: string | null;
}

/** A person's sessions that are not over, the one that was used last first. */
export async function listSessions(db: Queryable, userId: string): Promise<Session[]> {
  const { rows } = await db.query<Session>(
    `select s.id, s.created_at as "createdAt", s.seen_at as "seenAt",
       least(s.expires_at, s.seen_at + interval '${sessionIdleDays} days') as "expiresAt", s.ip, s.user_agent as "userAgent"
     from user_session s where s.user_id = $1 and ${alive} order by s.seen_at desc, s.id desc`,
    [userId],
  );
  return rows;
}

/** Ends one session of a person; false: there is none such. */
export async function endSession(tx: Queryable, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from user_session where id = $2 and user_id = $1", [userId, id]);
  return rowCount === 1;
}

/** Ends the session with this token, whosever it is. */
export async function endSessionOf(tx: Queryable, tokenHash: Buffer): Promise<void> {
  await tx.query("delete from user_session where token_hash = $1", [tokenHash]);
}

/** Ends all sessions of a person, but one that is named. Returns how many. */
export async function endSessions(tx: Queryable, userId: string, except: string | null = null): Promise<number> {
  const { rowCount } = await tx.query(
    "delete from user_session where user_id = $1 and ($2::text is null or id <> $2)",
    [userId, except],
  );
  return rowCount ?? 0;
}

/** Days for which it is known of a session that is over by itself that nobody ended it. */
const expiredDays = 7;

/** Deletes what has been over for a while. */
export async function deleteOldSessions(db: Queryable): Promise<void> {
  const before = (days: number) => new Date(Date.now() - days * 86_400_000);
  await db.query({
    name: "session.old",
    text: "delete from user_session where expires_at < $1 or seen_at < $2",
    values: [before(expiredDays), before(sessionIdleDays + expiredDays)],
  });
}
