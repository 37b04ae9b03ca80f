import { hash } from "node:crypto";
import type { Queryable } from "./pool.ts";

/** Tries to sign in, counted in the database, so that a limit holds over all processes. */

/** Minutes over which tries are counted. */
export const tryMinutes = 15;

export interface Tries {
  /** With this one. */
  tries: number;
  /** Seconds until the count begins anew. */
  secondsLeft: number;
}

/** What tries at one account are counted under. `email`: normalised. */
export const ofAccount = (email: string): string => `account ${email}`;

/**
 * Counts a try before it is judged: of many at once none slips through. `what`: whose tries these are, such as
 * `account a@example.com`.
 */
export async function countTry(db: Queryable, what: string): Promise<Tries> {
  const { rows } = await db.query<Tries>({
    name: "signIn.try",
    text: `
with counted as (
  insert into sign_in_try (key, tries, since, until) values ($1, 1, now(), now() + interval '${tryMinutes} minutes')
  on conflict (key) do update set
    tries = case when sign_in_try.until > excluded.since then least(sign_in_try.tries + 1, 1000000) else 1 end,
    since = case when sign_in_try.until > excluded.since then sign_in_try.since else excluded.since end,
    until = case when sign_in_try.until > excluded.since then sign_in_try.until else excluded.until end
  returning tries, until)
select tries, greatest(1, ceil(extract(epoch from until - now())))::int as "secondsLeft" from counted`,
    values: [keyOf(what)],
  });
  return rows[0]!;
}

/** Takes a try back that was right. */
export async function forgetTry(db: Queryable, what: string): Promise<void> {
  await db.query("update sign_in_try set tries = tries - 1 where key = $1 and tries > 0", [keyOf(what)]);
}

/** Forgets all tries: one of them was right. */
export async function forgetTries(db: Queryable, what: string): Promise<void> {
  await db.query("delete from sign_in_try where key = $1", [keyOf(what)]);
}

export async function deleteOldTries(db: Queryable): Promise<void> {
  await db.query("delete from sign_in_try where until < now()");
}

const keyOf = (what: string) => hash("sha256", what, "buffer");
