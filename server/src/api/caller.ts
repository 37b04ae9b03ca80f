import { HeraldError } from "../domain/error.ts";
import { type Right, type Role, rightTable, rolesWith, scopesWith } from "../domain/rights.ts";

/** Who calls: an API key, or a person by their session. */
export type Caller = KeyCaller | UserCaller;

export interface KeyCaller {
  kind: "key";
  /** `key_...` */
  id: string;
  workspaceId: string;
  rights: ReadonlySet<Right>;
  scopes: readonly string[];
}

export interface UserCaller {
  kind: "user";
  /** `user_...` */
  id: string;
  email: string;
  name: string;
  /** Empty: in no workspace. */
  workspaceId: string;
  role: Role | null;
  rights: ReadonlySet<Right>;
  sessionId: string;
}

/** Throws forbidden, with what is missing and who has it. */
export function requireRight(caller: Caller, right: Right | "session"): void {
  if (right === "session") {
    if (caller.kind === "user") return;
    throw new HeraldError("forbidden", "This call is for people who have signed in; an API key can't make it.");
  }
  if (caller.rights.has(right)) return;
  throw new HeraldError("forbidden", caller.kind === "key" ? keyLacks(caller, right) : userLacks(caller, right));
}

function keyLacks({ scopes }: KeyCaller, right: Right): string {
  const may = `${right} (to ${rightTable[right].means})`;
  const enough = scopesWith(right);
  if (enough.length === 0)
    return `This call needs the right ${may}, which no API key has: it is for people who have signed in.`;
  return `This call needs the right ${may}, which keys with the scope ${listOf(enough)} have; this key has: ${scopes.join(", ")}.`;
}

function userLacks({ role }: UserCaller, right: Right): string {
  const may = `${right} (to ${rightTable[right].means})`;
  if (role === null)
    return `This call needs the right ${may}, and you are in no workspace. Ask an owner or admin of one for an invitation.`;
  const enough = rolesWith(right);
  return `This call needs the right ${may}, which the role ${listOf(enough)} has; yours here is ${role}. Ask somebody with that role to do it, or to change yours.`;
}

const lists = new Intl.ListFormat("en", { type: "disjunction" });
const listOf = (names: readonly string[]) => lists.format(names);
