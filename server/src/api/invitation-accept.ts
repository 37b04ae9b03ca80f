import { z } from "zod";
import { recordActs } from "../db/audit.ts";
import { findInvitation, type OpenInvitation, takeInvitation } from "../db/invitation.ts";
import { addMember, getMember } from "../db/member.ts";
import type { Queryable } from "../db/pool.ts";
import { chooseWorkspace, type SignedIn } from "../db/session.ts";
import { accountByEmail, insertUser, type User } from "../db/user.ts";
import { HeraldError } from "../domain/error.ts";
import { roles } from "../domain/rights.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { name, time } from "./fields.ts";
import { newPasswordInput } from "./session.ts";
import { newSessionAnswer, sessionExample, sessionSchema } from "./session-answer.ts";
import { actOfUser, beginSession, checkPassword, newPassword } from "./sign-in.ts";
import { invalid } from "./validate.ts";
import { digestOf } from "./visit.ts";

const token = z.string().max(100).meta({ description: "What stands behind `#token=` in the link." });

async function invitationOf(db: Queryable, text: string): Promise<OpenInvitation> {
  const invitation = await findInvitation(db, digestOf(text));
  if (invitation) return invitation;
  throw new HeraldError(
    "not_found",
    "This invitation doesn't work: it was used or withdrawn, or is past its time. Ask for a new one.",
  );
}

const lookUp = endpoint({
  method: "POST",
  path: "/v1/invitations/lookup",
  right: "none",
  tags: ["People"],
  summary: "Look an invitation up",
  description:
    "For whoever has its link, before they accept. A POST, so that the token is in no address, which logs keep; nothing changes.",
  transaction: false,
  audit: false,
  body: z.strictObject({ token }),
  responses: {
    200: z.object({
      email: z.string(),
      role: z.enum(roles),
      workspace: z.object({ id: z.string(), name: z.string() }),
      invitedBy: z.string().nullable().meta({ description: "The name of the person; null: it was none." }),
      expiresAt: time,
      hasAccount: z.boolean().meta({
        description: "The address can sign in already: accepting takes their session or their password, and no name.",
      }),
    }),
  },
  example: {
    body: { token: "Jx3..." },
    response: {
      ...{ email: "charles@example.com", role: "member", invitedBy: "Ada Lovelace", hasAccount: false },
      workspace: { id: "ws_01k9x2m4vye8qsa5h1b7d3n6fj", name: "Analytical Engines" },
      expiresAt: new Date("2026-01-12T09:30:00Z"),
    },
  },
  async execute({ api, body }) {
    const { email, role, workspaceId, workspaceName, inviter, expiresAt } = await invitationOf(api.db, body.token);
    const hasAccount = (await accountByEmail(api.db, email)) !== null;
    const workspace = { id: workspaceId, name: workspaceName };
    return { status: 200, body: { email, role, workspace, invitedBy: inviter, expiresAt, hasAccount } };
  },
});

const accept = endpoint({
  method: "POST",
  path: "/v1/invitations/accept",
  right: "none",
  tags: ["People"],
  summary: "Accept an invitation",
  description:
    "Takes the person into the workspace and signs them in. Who is new gives a name and a password. Who has an account is signed in as that person, or gives its password; nothing of the account changes.",
  transaction: false,
  body: z.strictObject({ token, name: name().optional(), password: newPasswordInput.optional() }),
  responses: { 200: sessionSchema },
  example: {
    body: { token: "Jx3...", name: "Charles Babbage", password: "difference engine" },
    response: sessionExample,
  },
  async execute({ api, request, body }) {
    const invitation = await invitationOf(api.db, body.token);
    const visit = request.visit();
    const session = await visit.session();
    if (session && session.email === invitation.email) {
      await api.db.transaction((tx) => acceptSignedIn(tx, request, invitation, session));
      return { status: 200, body: await newSessionAnswer(api, visit, visit.token!) };
    }
    const account = await accountByEmail(api.db, invitation.email);
    if (account && body.password === undefined) throw signInFirst(invitation.email, session);
    const known = account && (await checkPassword({ api, request }, account.email, body.password!));
    const made = known ? null : await newAccount(invitation.email, body);
    const begun = await api.db.transaction(async (tx) => {
      const user: User | null = known ?? (await insertUser(tx, made!));
      if (!user)
        throw new HeraldError("conflict", "This address has just got an account. Look the invitation up again.");
      await enter(tx, invitation, user.id);
      const content = { email: invitation.email, role: invitation.role, invitedBy: invitation.invitedBy };
      return await beginSession(tx, { api, request }, user, {
        ...{ workspaceId: invitation.workspaceId, action: "POST /v1/invitations/accept", content },
      });
    });
    const answer = await newSessionAnswer(api, visit, begun.token);
    return { status: 200, body: answer, headers: { "set-cookie": begun.cookie } };
  },
});

/** Uses the invitation up and takes the person in; of two who accept at once, one does. Throws conflict: they are in already. */
export async function enter(tx: Queryable, invitation: OpenInvitation, userId: string): Promise<void> {
  const { workspaceId, workspaceName, id, role } = invitation;
  if (!(await takeInvitation(tx, workspaceId, id)))
    throw new HeraldError("not_found", "This invitation has just been used or withdrawn. Ask for a new one.");
  if (await addMember(tx, workspaceId, userId, role)) return;
  const member = await getMember(tx, workspaceId, userId);
  throw new HeraldError(
    "conflict",
    `You are in ${workspaceName} already, as ${member?.role}, and stay that: an invitation changes no role. Sign in, or ask an owner or admin there for another role.`,
  );
}

async function acceptSignedIn(
  tx: Queryable,
  request: EndpointContext["request"],
  invitation: OpenInvitation,
  session: SignedIn,
): Promise<void> {
  await enter(tx, invitation, session.userId);
  await chooseWorkspace(tx, session.id, invitation.workspaceId);
  const content = { email: invitation.email, role: invitation.role, invitedBy: invitation.invitedBy };
  const action = "POST /v1/invitations/accept";
  const { userId } = session;
  await recordActs(tx, [actOfUser(request, userId, invitation.workspaceId, action, userId, content)]);
}

function signInFirst(email: string, session: SignedIn | null): HeraldError {
  const who = session ? `You are signed in as ${session.email}, and the invitation is for` : "There is an account of";
  return new HeraldError("conflict", `${who} ${email}. Sign in as that person and accept again, or give its password.`);
}

async function newAccount(email: string, body: { name?: string | undefined; password?: string | undefined }) {
  const missing = (["name", "password"] as const).filter((field) => body[field] === undefined);
  if (missing.length > 0) throw invalid(missing.map((field) => ({ field, reason: "This is required." })));
  const passwordHash = await newPassword(body.password!, { email, name: body.name! });
  return { email, name: body.name!, passwordHash };
}

export const invitationAcceptEndpoints: readonly Endpoint[] = [lookUp, accept];
