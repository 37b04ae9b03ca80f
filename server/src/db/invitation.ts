import { newId } from "../domain/id.ts";
import type { Role } from "../domain/rights.ts";
import type { Queryable } from "./pool.ts";

/** An invitation that nobody has accepted yet. */
export interface Invitation {
  id: string;
  email: string;
  role: Role;
  /** `user_...`, `key_...`, or the user of the machine. */
  invitedBy: string;
  createdAt: Date;
  expiresAt: Date;
}

/** As whoever has the link sees it. */
export interface OpenInvitation extends Invitation {
  workspaceId: string;
  workspaceName: string;
  /** The name of the person who invited; null: it was no person. */
  inviter: string | null;
}

/** Days for which the link works. */
export const invitationDays = 7;

const columns = `id, email, role, invited_by as "invitedBy", created_at as "createdAt", expires_at as "expiresAt"`;

/** Invites an address. An invitation of that address that was open is replaced: its link doesn't work any more. */
export async function insertInvitation(
  tx: Queryable,
  workspaceId: string,
  invitation: { email: string; role: Role; tokenHash: Buffer; invitedBy: string },
): Promise<Invitation> {
  const { email, role, tokenHash, invitedBy } = invitation;
  const { rows } = await tx.query<Invitation>(
    `insert into invitation (workspace_id, id, email, role, token_hash, invited_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + interval '${invitationDays} days')
     on conflict (email, workspace_id) do update set id = excluded.id, role = excluded.role, token_hash = excluded.token_hash,
       invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at
     returning ${columns}`,
    [workspaceId, newId("invitation"), email, role, tokenHash, invitedBy],
  );
  return rows[0]!;
}

/** Newest first, with those that are past their time. */
export async function listInvitations(db: Queryable, workspaceId: string): Promise<Invitation[]> {
  const { rows } = await db.query<Invitation>(
    `select ${columns} from invitation where workspace_id = $1 order by id desc`,
    [workspaceId],
  );
  return rows;
}

export async function deleteInvitation(tx: Queryable, workspaceId: string, id: string): Promise<Invitation | null> {
  const { rows } = await tx.query<Invitation>(
    `delete from invitation where workspace_id = $1 and id = $2 returning ${columns}`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

const openColumns = `i.id, i.email, i.role, i.invited_by as "invitedBy", i.created_at as "createdAt", i.expires_at as "expiresAt",
  i.workspace_id as "workspaceId", w.name as "workspaceName", (select u.name from user_account u where u.id = i.invited_by) as inviter`;

/** The invitation with this token, if it can still be accepted. */
export async function findInvitation(db: Queryable, tokenHash: Buffer): Promise<OpenInvitation | null> {
  const { rows } = await db.query<OpenInvitation>(
    `select ${openColumns} from invitation i join workspace w on w.id = i.workspace_id where i.token_hash = $1 and i.expires_at > now()`,
    [tokenHash],
  );
  return rows[0] ?? null;
}

/** Open invitations of an address, the newest first. */
export async function invitationsOf(db: Queryable, email: string): Promise<OpenInvitation[]> {
  const { rows } = await db.query<OpenInvitation>(
    `select ${openColumns} from invitation i join workspace w on w.id = i.workspace_id
     where i.email = $1 and i.expires_at > now() order by i.id desc`,
    [email],
  );
  return rows;
}

/** Uses it up; false: somebody else just did. */
export async function takeInvitation(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from invitation where workspace_id = $1 and id = $2", [workspaceId, id]);
  return rowCount === 1;
}
