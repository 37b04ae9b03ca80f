import { z } from "zod";
import { recordActs } from "../db/audit.ts";
import { addMember, lockMember, removeMember, workspacesOf } from "../db/member.ts";
import { insertWorkspace } from "../db/workspace.ts";
import { HeraldError } from "../domain/error.ts";
import { roles } from "../domain/rights.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, name } from "./fields.ts";
import { lastOwner } from "./members.ts";
import { personOf } from "./session.ts";
import { actOfUser } from "./sign-in.ts";
import { invalid } from "./validate.ts";

const placeSchema = z.object({ id: z.string(), name: z.string(), role: z.enum(roles) });
const example = { id: "ws_01k9x2m4vye8qsa5h1b7d3n6fj", name: "Analytical Engines", role: "owner" as const };

const list = endpoint({
  method: "GET",
  path: "/v1/workspaces",
  right: "session",
  tags: ["Workspace"],
  summary: "List one's workspaces",
  description: "Those that the caller is in, with their role, the one that they came into first, first.",
  responses: { 200: z.object({ data: z.array(placeSchema) }) },
  example: { response: { data: [example] } },
  async execute(context) {
    return { status: 200, body: { data: await workspacesOf(context.tx, personOf(context).id) } };
  },
});

const create = endpoint({
  method: "POST",
  path: "/v1/workspaces",
  right: "workspaces.create",
  tags: ["Workspace"],
  summary: "Create a workspace",
  description:
    "Apart from all others: with leads, senders, keys and members of its own. Who makes it is its owner; `PUT /v1/session/workspace` goes there.",
  body: z.strictObject({ name: name(), timeZone: z.string().max(100).default("UTC") }),
  responses: { 201: placeSchema },
  example: { body: { name: "Analytical Engines", timeZone: "Europe/London" }, response: example },
  async execute(context) {
    const { tx, request, body } = context;
    const zone = normaliseTimeZone(body.timeZone);
    if (!zone.ok) throw invalid([{ field: "timeZone", reason: zone.reason }]);
    const { id } = personOf(context);
    const workspace = await insertWorkspace(tx, { name: body.name, timeZone: zone.value });
    await addMember(tx, workspace.id, id, "owner");
    // In the trail of the new one; the call itself is in that of the workspace where it was made.
    const content = { name: workspace.name, timeZone: workspace.timeZone };
    await recordActs(tx, [actOfUser(request, id, workspace.id, "POST /v1/workspaces", workspace.id, content)]);
    return { status: 201, body: { id: workspace.id, name: workspace.name, role: "owner" as const } };
  },
});

const leave = endpoint({
  method: "POST",
  path: "/v1/workspaces/{id}/leave",
  right: "session",
  tags: ["Workspace"],
  summary: "Leave a workspace",
  description:
    "Whoever is in it may, whatever their role, but for its last owner, who makes somebody else one first. The session goes on in another of one's workspaces; where it was the only one, all of one's sessions end. API keys that one made stay, and coming back takes an invitation.",
  params: idParams,
  responses: { 204: z.void() },
  async execute(context) {
    const { tx, request, workspaceId, params } = context;
    const { id } = personOf(context);
    const member = await lockMember(tx, params.id, id);
    if (!member) throw new HeraldError("not_found", `You are in no workspace ${params.id}.`);
    if (member.onlyOwner) throw lastOwner();
    await removeMember(tx, params.id, id);
    // In the trail of the one that was left, too, where the call was made in another.
    if (params.id !== workspaceId) {
      await recordActs(tx, [actOfUser(request, id, params.id, "POST /v1/workspaces/{id}/leave", params.id, {})]);
    }
    return { status: 204, body: undefined };
  },
});

export const workspaceListEndpoints: readonly Endpoint[] = [list, create, leave];
