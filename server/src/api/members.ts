import { z } from "zod";
import { changeRole, getMember, listMembers, lockMember, removeMember } from "../db/member.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type Role, roles } from "../domain/rights.ts";
import { type Caller, requireRight } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time } from "./fields.ts";

const memberSchema = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  createdAt: time.meta({ description: "Since when they are in this workspace." }),
  lastSeenAt: time.nullable().meta({ description: "When they last used a session that isn't over, to the minute." }),
});

const example = {
  ...{ userId: "user_01k9d3v0x5e0rb1v6m2z8q4w7n", name: "Ada Lovelace", email: "ada@example.com" },
  ...{ role: "admin" as const, createdAt: new Date("2026-01-05T09:30:00Z"), lastSeenAt: null },
};

const params = z.strictObject({ userId: z.string().min(1).max(200) });

export const roleInput = z.enum(roles).meta({
  description:
    "`viewer` looks, `member` works, `admin` sets up, `owner` decides on owners: docs/people.md has the rights.",
});

/** Who makes owners, or owners something else, must be one: an admin could else take the workspace over. */
export function requireForOwners(caller: Caller | null, ...about: Role[]): void {
  if (about.includes("owner")) requireRight(caller!, "owners.write");
}

const list = endpoint({
  method: "GET",
  path: "/v1/members",
  right: "members.read",
  tags: ["People"],
  summary: "List members",
  description: "Who is in the workspace, those who came first, first.",
  responses: { 200: z.object({ data: z.array(memberSchema) }) },
  example: { response: { data: [example] } },
  async execute({ tx, workspaceId }) {
    return { status: 200, body: { data: await listMembers(tx, workspaceId) } };
  },
});

const get = endpoint({
  method: "GET",
  path: "/v1/members/{userId}",
  right: "members.read",
  tags: ["People"],
  summary: "Get a member",
  params,
  responses: { 200: memberSchema },
  example: { response: example },
  async execute({ tx, workspaceId, params }) {
    const member = await getMember(tx, workspaceId, params.userId);
    if (!member) throw notFound("member", params.userId);
    return { status: 200, body: member };
  },
});

const change = endpoint({
  method: "PATCH",
  path: "/v1/members/{userId}",
  right: "members.write",
  tags: ["People"],
  summary: "Change a member's role",
  description:
    "Counts from their next call on. The last owner stays one; making owners, and owners something else, needs the right `owners.write`.",
  params,
  body: z.strictObject({ role: roleInput }),
  responses: { 200: memberSchema },
  example: { body: { role: "admin" }, response: example },
  async execute({ tx, workspaceId, caller, params, body }) {
    const member = await lockMember(tx, workspaceId, params.userId);
    if (!member) throw notFound("member", params.userId);
    if (member.role !== body.role) {
      requireForOwners(caller, member.role, body.role);
      if (member.onlyOwner) throw lastOwner();
      await changeRole(tx, workspaceId, params.userId, body.role);
    }
    return { status: 200, body: (await getMember(tx, workspaceId, params.userId))! };
  },
});

const remove = endpoint({
  method: "DELETE",
  path: "/v1/members/{userId}",
  right: "members.write",
  tags: ["People"],
  summary: "Remove a member",
  description:
    "From this workspace, at once; where it was their only one, their sessions end. API keys that they made stay: revoke those that only they had. The last owner can't be removed.",
  params,
  responses: { 204: z.void() },
  async execute({ tx, workspaceId, caller, params }) {
    const member = await lockMember(tx, workspaceId, params.userId);
    if (!member) throw notFound("member", params.userId);
    requireForOwners(caller, member.role);
    if (member.onlyOwner) throw lastOwner();
    await removeMember(tx, workspaceId, params.userId);
    return { status: 204, body: undefined };
  },
});

/** Somebody must be left who decides on owners. */
export function lastOwner(): HeraldError {
  return new HeraldError("conflict", "This is the workspace's last owner. Make somebody else an owner first.");
}

export const memberEndpoints: readonly Endpoint[] = [list, get, change, remove];
