/**
 * Who may do what: one table, from which the API refuses, the reference and docs/people.md say what is needed, and tests
 * walk all routes. Each right names the least role that has it, and the least scope of an API key.
 */

/** From the least to the most: each role has the rights of those before it. */
export const roles = ["viewer", "member", "admin", "owner"] as const;
export type Role = (typeof roles)[number];

/**
 * What an API key may do. `admin`: all that keys can. `send` includes `write`, which is for programs that prepare and
 * never send. `read` includes no other, and no other but `admin` includes it: a program that sends need not be able to read all
 * that people write. It sees its own messages, by their IDs (`messages.follow`).
 */
export const scopes = ["read", "write", "send", "admin"] as const;
export type Scope = (typeof scopes)[number];

interface RightFacts {
  /** The least role that has it. */
  role: Role;
  /** The least scope of a key that has it; null: it is for people only. */
  scope: Scope | null;
  /** Another scope that has it, though it doesn't include the least one. */
  also?: Scope;
  /** What it allows; behind "may". */
  means: string;
}

const table = {
  "leads.read": { role: "viewer", scope: "read", means: "look at leads" },
  "leads.write": { role: "member", scope: "write", means: "add, import, change and pause leads" },
  "leads.export": { role: "admin", scope: "admin", means: "export all that is kept about a person" },
  "leads.erase": { role: "admin", scope: "admin", means: "erase a person for good" },
  "views.write": { role: "member", scope: "write", means: "save, rename and remove views of lists" },
  "campaigns.read": { role: "viewer", scope: "read", means: "look at campaigns, previews, simulations and results" },
  "campaigns.write": { role: "member", scope: "write", means: "write campaigns and take leads out of them" },
  "campaigns.start": {
    role: "member",
    scope: "send",
    means: "start, pause and resume campaigns and put leads into them",
  },
  "messages.read": { role: "viewer", scope: "read", means: "look at messages and conversations" },
  // Who sends is told to look there what became of it. An ID can't be guessed: a key with `send` alone has those of its sends.
  "messages.follow": {
    role: "viewer",
    scope: "read",
    also: "send",
    means: "look at one message by its ID, and at what became of it",
  },
  "messages.send": { role: "member", scope: "send", means: "send messages, answer, cancel and resolve them" },
  "approvals.read": { role: "viewer", scope: "read", means: "look at approvals and drafts" },
  "approvals.draft": { role: "member", scope: "read", means: "keep messages as drafts, for somebody to send" },
  "approvals.ask": { role: "member", scope: "send", means: "ask for messages and campaigns, for somebody to approve" },
  "approvals.decide": { role: "member", scope: "admin", means: "approve and reject what was asked for or drafted" },
  "snippets.write": { role: "member", scope: "write", means: "write and delete the texts that answers are made of" },
  "conversations.write": { role: "member", scope: "write", means: "assign, note, close and mark conversations" },
  "assistant.read": {
    role: "viewer",
    scope: "read",
    means: "look at profiles, knowledge, conditions, drafts and what the assistant costs",
  },
  "assistant.write": {
    role: "member",
    scope: "send",
    means: "write profiles, knowledge and conditions, try them out, and say what the assistant does for a lead",
  },
  "assistant.configure": { role: "admin", scope: "admin", means: "set the assistant's model, its key and its budget" },
  "tasks.read": { role: "viewer", scope: "read", means: "look at tasks" },
  "tasks.write": { role: "member", scope: "write", means: "assign and complete tasks" },
  "suppressions.read": { role: "viewer", scope: "read", means: "look at suppressions and changes of consent" },
  "suppressions.write": { role: "member", scope: "write", means: "suppress addresses and people" },
  "suppressions.lift": { role: "admin", scope: "admin", means: "allow again what was suppressed" },
  "compliance.write": { role: "admin", scope: "admin", means: "set the system that is asked before each send" },
  "senders.read": { role: "viewer", scope: "read", means: "look at senders and their sandbox mailboxes" },
  "senders.write": { role: "admin", scope: "admin", means: "set up, verify, change and delete senders" },
  "events.read": { role: "viewer", scope: "read", means: "look at the event log, and follow it" },
  "events.consume": { role: "member", scope: "read", means: "make, move and delete consumers of the event log" },
  "events.replay": { role: "member", scope: "send", means: "deliver events again, and test destinations" },
  "analytics.read": { role: "viewer", scope: "read", means: "look at the figures of analytics" },
  "destinations.read": { role: "viewer", scope: "read", means: "look at destinations, deliveries and replays" },
  "destinations.write": {
    role: "admin",
    scope: "admin",
    means: "set up, change and delete destinations and rotate secrets",
  },
  // A source's address is all that some others need to tell Herald something: who only looks doesn't get it.
  "sources.read": { role: "member", scope: "read", means: "look at sources, their addresses, and what came in" },
  "sources.write": { role: "admin", scope: "admin", means: "set up, change and delete sources, and read items again" },
  "workspace.read": { role: "viewer", scope: "read", means: "look at the workspace's settings" },
  "workspace.write": { role: "admin", scope: "admin", means: "change the workspace's settings" },
  "workspaces.create": { role: "admin", scope: null, means: "make another workspace" },
  "members.read": { role: "viewer", scope: "read", means: "look at who is in the workspace" },
  "members.write": { role: "admin", scope: "admin", means: "invite and remove people, and change their roles" },
  "owners.write": { role: "owner", scope: null, means: "make somebody an owner, or an owner something else" },
  "keys.read": { role: "admin", scope: "admin", means: "look at API keys" },
  "keys.write": { role: "admin", scope: "admin", means: "make and revoke API keys" },
  "audit.read": { role: "admin", scope: "admin", means: "look at the audit trail and changes of settings" },
} as const satisfies Record<string, RightFacts>;

export type Right = keyof typeof table;

/** All rights with what they need and mean, in the order of the documentation. */
export const rightTable: Readonly<Record<Right, RightFacts>> = table;
export const rights = Object.keys(table) as Right[];

/** The roles that have a right, the least one first. */
export function rolesWith(right: Right): readonly Role[] {
  return roles.slice(roles.indexOf(rightTable[right].role));
}

/** The scopes of keys that have a right, the least one first; none: it is for people only. */
export function scopesWith(right: Right): readonly Scope[] {
  const { scope, also } = rightTable[right];
  return scope === null ? [] : scopes.filter((one) => one === also || includes(one, scope));
}

function includes(held: Scope, needed: Scope): boolean {
  return held === needed || held === "admin" || (held === "send" && needed === "write");
}

const byRole = new Map(roles.map((role) => [role, new Set(rights.filter((right) => rolesWith(right).includes(role)))]));

export function rightsOfRole(role: Role): ReadonlySet<Right> {
  return byRole.get(role)!;
}

const byScopes = new Map<string, ReadonlySet<Right>>();

/** The rights of a key. Keys with the same scopes share one set. */
export function rightsOfScopes(held: readonly string[]): ReadonlySet<Right> {
  const known = byScopes.get(held.join());
  if (known) return known;
  const made = new Set(rights.filter((right) => scopesWith(right).some((scope) => held.includes(scope))));
  // Scopes are few, but they come from a column.
  if (byScopes.size < 100) byScopes.set(held.join(), made);
  return made;
}
