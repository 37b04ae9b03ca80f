import type { Role } from "../domain/rights.ts";
import type { Queryable } from "./pool.ts";

/** Who is in a workspace, and as what. */
export interface Member {
  userId: string;
  name: string;
  email: string;
  role: Role;
  /** Since when they are in it. */
  createdAt: Date;
  /** When they last did something, to the minute; null: not lately. */
  lastSeenAt: Date | null;
}

/** Those who came first, first. */
export async function listMembers(db: Queryable, workspaceId: string): Promise<Member[]> {
  return await members(db, workspaceId, null);
}

export async function getMember(db: Queryable, workspaceId: string, userId: string): Promise<Member | null> {
  return (await members(db, workspaceId, userId))[0] ?? null;
}

async function members(db: Queryable, workspaceId: string, userId: string | null): Promise<Member[]> {
  const { rows } = await db.query<Member>(
    `select m.user_id as "userId", u.name, u.email, m.role, m.created_at as "createdAt",
       (select max(s.seen_at) from user_session s where s.user_id = m.user_id) as "lastSeenAt"
     from member m join user_account u on u.id = m.user_id
     where m.workspace_id = $1 and ($2::text is null or m.user_id = $2) order by m.created_at, m.user_id`,
    [workspaceId, userId],
  );
  return rows;
}

/** The workspaces that a person is in, oldest first. */
export async function workspacesOf(db: Queryable, userId: string): Promise<{ id: string; name: string; role: Role }[]> {
  const { rows } = await db.query<{ id: string; name: string; role: Role }>(
    `select w.id, w.name, m.role from member m join workspace w on w.id = m.workspace_id
     where m.user_id = $1 order by m.created_at, w.id`,
    [userId],
  );
  return rows;
}

/** Takes a person in; false: they are in it already, and stay what they are. */
export async function addMember(tx: Queryable, workspaceId: string, userId: string, role: Role): Promise<boolean> {
  const { rowCount } = await tx.query(
    "insert into member (workspace_id, user_id, role) values ($1, $2, $3) on conflict (workspace_id, user_id) do nothing",
    [workspaceId, userId, role],
  );
  return rowCount === 1;
}

/**
 * The role of a member, and whether they are the only owner; null: there is no such member. Locked until the transaction
 * ends, together with all owners: of two changes at once the second one sees what the first one left.
 */
export async function lockMember(
  tx: Queryable,
  workspaceId: string,
  userId: string,
): Promise<{ role: Role; onlyOwner: boolean } | null> {
  const { rows } = await tx.query<{ userId: string; role: Role }>(
    `select user_id as "userId", role from member where workspace_id = $1 and (role = 'owner' or user_id = $2)
     order by user_id for update`,
    [workspaceId, userId],
  );
  const member = rows.find((row) => row.userId === userId);
  if (!member) return null;
  const owners = rows.filter((row) => row.role === "owner");
  return { role: member.role, onlyOwner: member.role === "owner" && owners.length === 1 };
}

export async function changeRole(tx: Queryable, workspaceId: string, userId: string, role: Role): Promise<void> {
  await tx.query("update member set role = $3 where workspace_id = $1 and user_id = $2", [workspaceId, userId, role]);
}

/** Takes a person out. Where it was their only workspace, their sessions end; else those go on in another one. */
export async function removeMember(tx: Queryable, workspaceId: string, userId: string): Promise<void> {
  await tx.query("delete from member where workspace_id = $1 and user_id = $2", [workspaceId, userId]);
  await tx.query(
    "delete from user_session where user_id = $1 and not exists (select from member m where m.user_id = $1)",
    [userId],
  );
}

/** The addresses of those who have one of these roles now. */
export async function emailsOfRoles(db: Queryable, workspaceId: string, roles: readonly Role[]): Promise<string[]> {
  const { rows } = await db.query<{ email: string }>(
    `select u.email from member m join user_account u on u.id = m.user_id
     where m.workspace_id = $1 and m.role = any($2::text[]) order by m.created_at, m.user_id`,
    [workspaceId, roles],
  );
  return rows.map(({ email }) => email);
}
