import type { Queryable } from "./pool.ts";

/** Sign-ins that were begun, each good once. */
export interface SignIn {
  senderId: string;
  /** Sealed. */
  request: Buffer;
}

/** Also forgets the workspace's old ones. */
export async function beginSignIn(
  tx: Queryable,
  workspaceId: string,
  signIn: SignIn & { id: string; minutes: number },
): Promise<Date> {
  await tx.query("delete from sign_in where workspace_id = $1 and expires_at < now()", [workspaceId]);
  const { rows } = await tx.query<{ at: Date }>(
    `insert into sign_in (workspace_id, id, sender_id, request, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(mins => $5)) returning expires_at as at`,
    [workspaceId, signIn.id, signIn.senderId, signIn.request, signIn.minutes],
  );
  return rows[0]!.at;
}

/** Takes a sign-in, so that nobody else can; null: there is none, or it is too late. */
export async function takeSignIn(db: Queryable, workspaceId: string, id: string): Promise<SignIn | null> {
  const { rows } = await db.query<SignIn>(
    `delete from sign_in where workspace_id = $1 and id = $2 and expires_at > now()
     returning sender_id as "senderId", request`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}
