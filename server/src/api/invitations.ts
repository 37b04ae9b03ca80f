import { z } from "zod";
import { deleteInvitation, insertInvitation, invitationDays, listInvitations } from "../db/invitation.ts";
import { listMembers } from "../db/member.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { roles } from "../domain/rights.ts";
import { noSubject } from "./audit-record.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { requireForOwners, roleInput } from "./members.ts";
import { readEmail } from "./sign-in.ts";
import { digestOf, newToken } from "./visit.ts";

const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  invitedBy: z.string().meta({ description: "The ID of the person or the API key, or who ran the command." }),
  createdAt: time,
  expiresAt: time,
});

const example = {
  ...{ id: "inv_01k9d3v0x5e0rb1v6m2z8q4w7n", email: "charles@example.com", role: "member" as const },
  invitedBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
  createdAt: new Date("2026-01-05T09:30:00Z"),
  expiresAt: new Date("2026-01-12T09:30:00Z"),
};

const list = endpoint({
  method: "GET",
  path: "/v1/invitations",
  right: "members.write",
  tags: ["People"],
  summary: "List invitations",
  description: "Those that nobody has accepted, newest first, with those that are past their time.",
  responses: { 200: z.object({ data: z.array(invitationSchema) }) },
  example: { response: { data: [example] } },
  async execute({ tx, workspaceId }) {
    return { status: 200, body: { data: await listInvitations(tx, workspaceId) } };
  },
});

const create = endpoint({
  method: "POST",
  path: "/v1/invitations",
  right: "members.write",
  tags: ["People"],
  summary: "Invite somebody",
  description: `Gives a link for one use, within ${invitationDays} days: hand it to the person, Herald sends no mail. Shown this once; inviting the address again makes a new link and ends the one before. Inviting an owner needs the right \`owners.write\`.`,
  body: z.strictObject({ email: z.string().max(320), role: roleInput }),
  responses: {
    201: invitationSchema.extend({
      url: z.string().meta({
        description:
          "`/invitation#token=...`: the token stands behind the #, so that no log of a server or proxy has it.",
      }),
    }),
  },
  example: {
    body: { email: "charles@example.com", role: "member" },
    response: { ...example, url: "https://herald.example.com/invitation#token=Jx3..." },
  },
  // Inviting somebody again ends the invitation before.
  async subject({ tx, workspaceId, body }) {
    const email = readEmail(body.email);
    const open = (await listInvitations(tx, workspaceId)).find((one) => one.email === email);
    return open ? { view: invitationSchema.parse(open), target: open.id } : noSubject;
  },
  async execute({ api, tx, request, workspaceId, caller, callerId, body }) {
    const email = readEmail(body.email);
    requireForOwners(caller, body.role);
    const member = (await listMembers(tx, workspaceId)).find((one) => one.email === email);
    if (member)
      throw new HeraldError(
        "conflict",
        `${email} is in this workspace already, as ${member.role}. Change the role there.`,
      );
    const token = newToken();
    const invitation = await insertInvitation(tx, workspaceId, {
      ...{ email, role: body.role, tokenHash: digestOf(token), invitedBy: callerId },
    });
    const base = api.config.publicUrl ?? request.visit().origin;
    return { status: 201, body: { ...invitation, url: `${base}/invitation#token=${token}` } };
  },
});

const withdraw = endpoint({
  method: "DELETE",
  path: "/v1/invitations/{id}",
  right: "members.write",
  tags: ["People"],
  summary: "Withdraw an invitation",
  description: "Its link doesn't work any more.",
  params: idParams,
  responses: { 200: invitationSchema },
  example: { response: example },
  async subject({ tx, workspaceId, params }) {
    const open = (await listInvitations(tx, workspaceId)).find(({ id }) => id === params.id);
    return { view: open ? invitationSchema.parse(open) : null };
  },
  async execute({ tx, workspaceId, params }) {
    const invitation = await deleteInvitation(tx, workspaceId, params.id);
    if (!invitation) throw notFound("open invitation", params.id);
    return { status: 200, body: invitation };
  },
});

export const invitationEndpoints: readonly Endpoint[] = [list, create, withdraw];
