import { z } from "zod";
import { recordActs } from "../db/audit.ts";
import { workspacesOf } from "../db/member.ts";
import { chooseWorkspace, endSession, endSessions, listSessions } from "../db/session.ts";
import { accountById, changeUser } from "../db/user.ts";
import { HeraldError } from "../domain/error.ts";
import { passwordLength } from "../domain/password.ts";
import type { UserCaller } from "./caller.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { idParams, name, time } from "./fields.ts";
import { browserCookie } from "./known-browser.ts";
import { newSessionAnswer, sessionAnswer, sessionExample, sessionSchema } from "./session-answer.ts";
import { beginSession, checkPassword, cookieOfSession, newPassword } from "./sign-in.ts";
import { invalid } from "./validate.ts";

/** A password as it is typed; whether it may be chosen is for `newPassword` to say. */
export const passwordInput = z.string().min(1).max(1_000);
export const newPasswordInput = passwordInput.meta({
  description: `At least ${passwordLength.min} characters.`,
});

/** The person who calls; endpoints with the right `session` have one. */
export const personOf = ({ caller }: EndpointContext): UserCaller => caller as UserCaller;

const get = endpoint({
  method: "GET",
  path: "/v1/session",
  right: "none",
  tags: ["People"],
  summary: "Get the session",
  description: "Who is signed in, in which workspace, and what they may do there. Answers 200 also where nobody is.",
  responses: { 200: sessionSchema },
  example: { response: sessionExample },
  async execute({ api, request }) {
    const visit = request.visit();
    const session = await visit.session();
    // A session that is over: its cookie goes.
    const headers: Record<string, string> =
      session === null && visit.token !== null ? { "set-cookie": cookieOfSession(api, null) } : {};
    return { status: 200, body: await sessionAnswer(api, visit, session, visit.token), headers };
  },
});

const signIn = endpoint({
  method: "POST",
  path: "/v1/session",
  right: "none",
  tags: ["People"],
  summary: "Sign in",
  description:
    "Sets the session's cookie. A wrong address and a wrong password give the same answer; after ten tries for an address in a quarter of an hour, or fifty wrong ones from one network, 429 with Retry-After.",
  transaction: false,
  body: z.strictObject({ email: z.string().max(320), password: passwordInput }),
  responses: { 200: sessionSchema },
  example: { body: { email: "ada@example.com", password: "an analytical engine" }, response: sessionExample },
  async execute({ api, request, body }) {
    const account = await checkPassword({ api, request }, body.email, body.password);
    const { token, cookie } = await api.db.transaction((tx) =>
      beginSession(tx, { api, request }, account, { action: "POST /v1/session", content: { by: "password" } }),
    );
    const answer = await newSessionAnswer(api, request.visit(), token);
    const known = browserCookie(api.box, account.email, api.config.publicUrl);
    return { status: 200, body: answer, headers: { "set-cookie": [cookie, known] } };
  },
});

const signOut = endpoint({
  method: "DELETE",
  path: "/v1/session",
  right: "session",
  tags: ["People"],
  summary: "Sign out",
  responses: { 204: z.void() },
  async execute(context) {
    const { id, sessionId } = personOf(context);
    await endSession(context.tx, id, sessionId);
    return { status: 204, body: undefined, headers: { "set-cookie": cookieOfSession(context.api, null) } };
  },
});

const list = endpoint({
  method: "GET",
  path: "/v1/sessions",
  right: "session",
  tags: ["People"],
  summary: "List one's sessions",
  description: "Where the caller is signed in, the session that was used last first.",
  responses: {
    200: z.object({
      data: z.array(
        z.object({
          id: z.string(),
          current: z.boolean().meta({ description: "The one of this call." }),
          createdAt: time,
          seenAt: time.meta({ description: "To the minute." }),
          expiresAt: time.meta({ description: "When it ends, unless it is used before." }),
          ip: z.string().nullable(),
          userAgent: z.string().nullable(),
        }),
      ),
    }),
  },
  async execute(context) {
    const { id, sessionId } = personOf(context);
    const sessions = await listSessions(context.tx, id);
    return { status: 200, body: { data: sessions.map((one) => ({ ...one, current: one.id === sessionId })) } };
  },
});

const endOne = endpoint({
  method: "DELETE",
  path: "/v1/sessions/{id}",
  right: "session",
  tags: ["People"],
  summary: "End one of one's sessions",
  description: "As `GET /v1/sessions` lists them: that of a browser which one doesn't have at hand.",
  params: idParams,
  responses: { 204: z.void() },
  async execute(context) {
    const { id } = context.params;
    if (!(await endSession(context.tx, personOf(context).id, id)))
      throw new HeraldError("not_found", `You have no session ${id}; GET /v1/sessions lists yours.`);
    return { status: 204, body: undefined };
  },
});

const signOutEverywhere = endpoint({
  method: "DELETE",
  path: "/v1/sessions",
  right: "session",
  tags: ["People"],
  summary: "Sign out everywhere",
  description: "Ends all sessions of the caller, this one too.",
  responses: { 200: z.object({ ended: z.int() }) },
  async execute(context) {
    const ended = await endSessions(context.tx, personOf(context).id);
    return { status: 200, body: { ended }, headers: { "set-cookie": cookieOfSession(context.api, null) } };
  },
});

const choose = endpoint({
  method: "PUT",
  path: "/v1/session/workspace",
  right: "session",
  audit: false,
  tags: ["People"],
  summary: "Choose the session's workspace",
  description: "That of calls without the header `herald-workspace`, and of the next sign-in's first page.",
  transaction: false,
  body: z.strictObject({ workspaceId: z.string().max(100) }),
  responses: { 200: sessionSchema },
  example: { body: { workspaceId: "ws_01k9x2m4vye8qsa5h1b7d3n6fj" }, response: sessionExample },
  async execute(context) {
    const { api, request, body } = context;
    const { id, sessionId } = personOf(context);
    const theirs = await workspacesOf(api.db, id);
    if (!theirs.some((workspace) => workspace.id === body.workspaceId))
      throw new HeraldError("not_found", `You are in no workspace ${body.workspaceId}.`);
    await chooseWorkspace(api.db, sessionId, body.workspaceId);
    const visit = request.visit();
    return { status: 200, body: await newSessionAnswer(api, visit, visit.token!) };
  },
});

const changeSelf = endpoint({
  method: "PATCH",
  path: "/v1/session/user",
  right: "session",
  audit: false,
  tags: ["People"],
  summary: "Change one's name or password",
  description: "A new password needs the present one, where there is one, and ends all other sessions.",
  // The present password is checked outside of a transaction: that takes a while.
  transaction: false,
  body: z.strictObject({
    name: name().optional(),
    currentPassword: passwordInput.optional(),
    password: newPasswordInput.optional(),
  }),
  responses: { 200: sessionSchema },
  example: { body: { name: "Ada King" }, response: sessionExample },
  async execute(context) {
    const { api, request, body } = context;
    const { id, sessionId, workspaceId } = personOf(context);
    const account = (await accountById(api.db, id))!;
    let passwordHash: string | undefined;
    if (body.password !== undefined) {
      if (account.passwordHash !== null) {
        if (body.currentPassword === undefined)
          throw invalid([{ field: "currentPassword", reason: "A new password needs the present one." }]);
        // Counted as a try to sign in: who found an open browser must not guess without end.
        await checkPassword({ api, request }, account.email, body.currentPassword).catch((error: unknown) => {
          if ((error as HeraldError).code !== "unauthorized") throw error;
          throw invalid([{ field: "currentPassword", reason: "This is not your present password." }]);
        });
      }
      passwordHash = await newPassword(body.password, { email: account.email, name: body.name ?? account.name });
    }
    await api.db.transaction(async (tx) => {
      await changeUser(tx, id, { name: body.name, passwordHash });
      if (passwordHash !== undefined) await endSessions(tx, id, sessionId);
      if (workspaceId === "") return;
      const content = { name: body.name ?? null, newPassword: passwordHash !== undefined };
      const actor = { kind: "user" as const, id, requestId: request.id, ip: request.ip };
      await recordActs(tx, [{ workspaceId, actor, action: "PATCH /v1/session/user", target: id, content }]);
    });
    const visit = request.visit();
    return { status: 200, body: await sessionAnswer(api, visit, await visit.session(), visit.token) };
  },
});

export const sessionEndpoints: readonly Endpoint[] = [
  get,
  signIn,
  signOut,
  choose,
  changeSelf,
  list,
  endOne,
  signOutEverywhere,
];
