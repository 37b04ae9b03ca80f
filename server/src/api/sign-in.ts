import ipaddr from "ipaddr.js";
import { type Act, recordActs } from "../db/audit.ts";
import { workspacesOf } from "../db/member.ts";
import type { Queryable } from "../db/pool.ts";
import { endSessionOf, insertSession, sessionDays } from "../db/session.ts";
import { countTry, forgetTries, forgetTry, ofAccount } from "../db/sign-in-try.ts";
import { type Account, accountByEmail, rehashPassword, type User } from "../db/user.ts";
import { normaliseEmail } from "../domain/email-address.ts";
import { HeraldError } from "../domain/error.ts";
import { Passwords, passwordProblem } from "../domain/password.ts";
import type { EndpointContext } from "./endpoint.ts";
import { knownBrowser } from "./known-browser.ts";
import { invalid } from "./validate.ts";
import { digestOf, newToken, sessionCookieHeader } from "./visit.ts";

/** Of a process: they share its cores. */
export const passwords = new Passwords();

/**
 * Tries in a quarter of an hour, over all processes. An account's ten stop who guesses one person's password, and the
 * address's fifty who tries one password on many accounts; an office behind one address signs in without wearing the
 * latter out, since what was right doesn't count. A browser that is known for the account has ten of its own.
 */
export const mostTries = { account: 10, address: 50 } as const;

type Call = Pick<EndpointContext, "api" | "request">;

/**
 * The account with this address and password. Throws unauthorized, with the same words and after the same time whether or
 * not there is such an account; rate_limited after too many tries.
 */
export async function checkPassword(call: Call, email: string, password: string): Promise<Account> {
  const { api, request } = call;
  const normalised = normaliseEmail(email);
  const address = normalised.ok ? normalised.value : email.trim().toLowerCase();
  const known = knownBrowser(api.box, request.header("cookie"), address);
  const counted = [known ?? ofAccount(address), `address ${networkOf(request.ip)}`] as const;
  const [here, there] = await Promise.all(counted.map((what) => countTry(api.db, what)));
  const blocked = here!.tries > mostTries.account;
  if (blocked || there!.tries > mostTries.address) {
    if (here!.tries === mostTries.account + 1) noteFailure(call, address, "sign_in.blocked");
    const { secondsLeft } = blocked ? here! : there!;
    throw new HeraldError(
      "rate_limited",
      `Too many tries to sign in. Wait ${Math.ceil(secondsLeft / 60)} minutes, or have whoever runs Herald set a new password: herald users reset-password.`,
      undefined,
      secondsLeft,
    );
  }
  const account = await accountByEmail(api.db, address);
  const hash = account?.passwordHash ?? null;
  if (!(await passwords.verify(password, hash)) || !account || hash === null) {
    if (here!.tries === 1) noteFailure(call, address, "sign_in.failed");
    throw new HeraldError("unauthorized", "The address or the password is wrong.");
  }
  await Promise.all([forgetTries(api.db, counted[0]), forgetTry(api.db, counted[1])]);
  if (passwords.isOutdated(hash)) await rehashPassword(api.db, account.id, hash, await passwords.hash(password));
  return account;
}

/** An IPv6 network has 64 bits for one household: limits by single addresses would be none. */
function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  return address.kind() === "ipv4" ? address.toString() : address.toByteArray().slice(0, 8).join(".");
}

/**
 * The first failure of an account in a quarter of an hour, and that it is blocked, go on record in its workspaces: not each
 * try, or a stranger could fill the trail. Beside the answer, so that it takes as long where there is no such account.
 */
function noteFailure({ api, request }: Call, email: string, action: string): void {
  const note = async () => {
    const account = await accountByEmail(api.db, email);
    if (!account) return;
    const content = { email, userAgent: request.visit().userAgent };
    const workspaces = await workspacesOf(api.db, account.id);
    const acts = workspaces.map(({ id }) => actOfUser(request, null, id, action, account.id, content));
    await api.db.transaction((tx) => recordActs(tx, acts));
  };
  // The record is a help; the answer must not depend on it.
  void note().catch(() => {});
}

/** An act of a person that has no caller yet, or is about several workspaces. */
export function actOfUser(
  request: EndpointContext["request"],
  userId: string | null,
  workspaceId: string,
  action: string,
  target: string | null,
  content: object,
): Act {
  const actor = { kind: "user" as const, id: userId, requestId: request.id, ip: request.ip };
  return { workspaceId, actor, action, target, content };
}

/**
 * Begins a session in the transaction of what led to it, and puts that on record in its workspace. A session that the
 * browser had before ends: nobody can plant one that goes on. Gives the header that sets the cookie.
 */
export async function beginSession(
  tx: Queryable,
  { api, request }: Call,
  user: User,
  options: { workspaceId?: string; action: string; content?: unknown },
): Promise<{ token: string; cookie: string }> {
  const visit = request.visit();
  if (visit.token !== null) await endSessionOf(tx, digestOf(visit.token));
  const token = newToken();
  const workspaceId = options.workspaceId ?? (await workspacesOf(tx, user.id))[0]?.id ?? null;
  await insertSession(tx, {
    ...{ userId: user.id, tokenHash: digestOf(token), workspaceId },
    ...{ ip: request.ip, userAgent: visit.userAgent },
  });
  if (workspaceId !== null) {
    const content = { userAgent: visit.userAgent, ...(options.content as object | undefined) };
    await recordActs(tx, [actOfUser(request, user.id, workspaceId, options.action, user.id, content)]);
  }
  return { token, cookie: cookieOfSession(api, token) };
}

export function cookieOfSession(api: Call["api"], token: string | null): string {
  return sessionCookieHeader(token, api.config.publicUrl, sessionDays * 86_400);
}

/** The address in its normal form. Throws invalid_request. */
export function readEmail(text: string, field = "email"): string {
  const email = normaliseEmail(text);
  if (!email.ok) throw invalid([{ field, reason: email.reason }]);
  return email.value;
}

/** The hash of a new password. Throws invalid_request where it is too easy to find. */
export async function newPassword(
  password: string,
  about: { email: string; name: string },
  field = "password",
): Promise<string> {
  const problem = passwordProblem(password, about);
  if (problem !== null) throw invalid([{ field, reason: problem }]);
  return await passwords.hash(password);
}
