import { newId } from "../domain/id.ts";
import type { Role } from "../domain/rights.ts";
import type { Queryable } from "./pool.ts";

/** A person who can sign in. */
export interface User {
  id: string;
  /** Normalised. */
  email: string;
  name: string;
  createdAt: Date;
}

/** With what only signing in looks at. */
export interface Account extends User {
  /** PHC format; null: no password. */
  passwordHash: string | null;
  oidcIssuer: string | null;
  oidcSubject: string | null;
}

const columns = `id, email, name, created_at as "createdAt"`;
const accountColumns = `${columns}, password_hash as "passwordHash", oidc_issuer as "oidcIssuer", oidc_subject as "oidcSubject"`;

export async function anyUser(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>("select exists (select from user_account) as any");
  return rows[0]!.any;
}

/** One account; of several that are made with one address at once, one is: the others get null. */
export async function insertUser(
  tx: Queryable,
  user: { email: string; name: string; passwordHash?: string | null },
): Promise<User | null> {
  const { rows } = await tx.query<User>(
    `insert into user_account (id, email, name, password_hash) values ($1, $2, $3, $4)
     on conflict (email) do nothing returning ${columns}`,
    [newId("user"), user.email, user.name, user.passwordHash ?? null],
  );
  return rows[0] ?? null;
}

export async function accountByEmail(db: Queryable, email: string): Promise<Account | null> {
  const { rows } = await db.query<Account>(`select ${accountColumns} from user_account where email = $1`, [email]);
  return rows[0] ?? null;
}

export async function accountById(db: Queryable, id: string): Promise<Account | null> {
  const { rows } = await db.query<Account>(`select ${accountColumns} from user_account where id = $1`, [id]);
  return rows[0] ?? null;
}

/** By whom the identity provider means. */
export async function accountByOidc(db: Queryable, issuer: string, subject: string): Promise<Account | null> {
  const { rows } = await db.query<Account>(
    `select ${accountColumns} from user_account where oidc_issuer = $1 and oidc_subject = $2`,
    [issuer, subject],
  );
  return rows[0] ?? null;
}

/** From now on the provider's subject is this person; false: the account is somebody else's there already. */
export async function linkOidc(tx: Queryable, id: string, issuer: string, subject: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "update user_account set oidc_issuer = $2, oidc_subject = $3 where id = $1 and oidc_subject is null",
    [id, issuer, subject],
  );
  return rowCount === 1;
}

export async function changeUser(
  tx: Queryable,
  id: string,
  change: { name?: string | undefined; passwordHash?: string | undefined },
): Promise<User> {
  const { rows } = await tx.query<User>(
    `update user_account set name = coalesce($2, name), password_hash = coalesce($3, password_hash) where id = $1 returning ${columns}`,
    [id, change.name ?? null, change.passwordHash ?? null],
  );
  return rows[0]!;
}

/** The same password under new parameters; not where it was changed meanwhile. */
export async function rehashPassword(db: Queryable, id: string, before: string, after: string): Promise<void> {
  await db.query("update user_account set password_hash = $3 where id = $1 and password_hash = $2", [
    id,
    before,
    after,
  ]);
}

export interface UserInWorkspaces extends User {
  hasPassword: boolean;
  oidc: boolean;
  workspaces: { id: string; name: string; role: Role }[];
}

/** Everybody, by address; for an operator. */
export async function listUsers(db: Queryable): Promise<UserInWorkspaces[]> {
  const { rows } = await db.query<UserInWorkspaces>(
    `select u.id, u.email, u.name, u.created_at as "createdAt", u.password_hash is not null as "hasPassword",
       u.oidc_subject is not null as oidc,
       coalesce((select json_agg(json_build_object('id', w.id, 'name', w.name, 'role', m.role) order by w.id)
         from member m join workspace w on w.id = m.workspace_id where m.user_id = u.id), '[]') as workspaces
     from user_account u order by u.email`,
  );
  return rows;
}
