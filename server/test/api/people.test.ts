import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, password, tokenIn } from "./browser.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

test("from the first visit to a member who works: set-up, invitation, roles, removal", async () => {
  const ada = new Browser(api);
  expect(await ada.session()).toEqual({
    ...{
      user: null,
      sessionOver: null,
      setupNeeded: true,
      setupCodeNeeded: false,
      signIn: { password: true, oidc: null },
    },
    ...{ workspace: null, workspaces: [], rights: [], csrfToken: null },
  });
  const made = await ada.call("POST", "/v1/setup", {
    ...{
      email: "Ada@Example.com",
      name: "Ada Lovelace",
      password,
      workspaceName: "Engines",
      timeZone: "Europe/London",
    },
  });
  expect(made.status).toBe(201);
  expect(made.headers["set-cookie"]).toMatch(
    /^herald_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/,
  );
  const session = await ada.session();
  expect(session).toMatchObject({
    user: { email: "ada@example.com", name: "Ada Lovelace" },
    workspace: { id: api.workspaceId, name: "Engines", timeZone: "Europe/London", role: "owner" },
    workspaces: [{ id: api.workspaceId, role: "owner" }],
    setupNeeded: false,
  });
  expect(session.rights).toContain("owners.write");
  const again = { email: "eve@example.com", name: "Eve", password };
  expect((await new Browser(api).call("POST", "/v1/setup", again)).body).toMatchObject({ code: "conflict" });

  // What takes a key takes the session.
  expect((await ada.call("POST", "/v1/suppressions", { address: "no@example.com" })).status).toBe(201);

  const invitation = await ada.call("POST", "/v1/invitations", { email: "charles@example.com", role: "viewer" });
  expect(invitation.body.url).toMatch(/^http:\/\/localhost:80\/invitation#token=[\w-]{43}$/);
  const token = tokenIn(invitation.body.url);
  const charles = new Browser(api);
  expect((await charles.call("POST", "/v1/invitations/lookup", { token })).body).toMatchObject({
    ...{ email: "charles@example.com", role: "viewer", invitedBy: "Ada Lovelace", hasAccount: false },
    workspace: { name: "Engines" },
  });
  const accept = { token, name: "Charles Babbage", password: "difference engine" };
  const accepted = await charles.call("POST", "/v1/invitations/accept", accept);
  expect(accepted).toMatchObject({ status: 200, body: { workspace: { role: "viewer" } } });
  expect((await new Browser(api).call("POST", "/v1/invitations/accept", accept)).status).toBe(404);

  expect((await charles.call("GET", "/v1/leads")).status).toBe(200);
  const refused = await charles.call("POST", "/v1/suppressions", { address: "x@example.com" });
  expect(refused.status).toBe(403);
  expect(refused.body.message).toBe(
    "This call needs the right suppressions.write (to suppress addresses and people), which the role member, admin, or owner has; yours here is viewer. Ask somebody with that role to do it, or to change yours.",
  );
  const { body: members } = await ada.call("GET", "/v1/members");
  const { userId } = members.data.find((one: { email: string }) => one.email === "charles@example.com");
  expect((await ada.call("PATCH", `/v1/members/${userId}`, { role: "member" })).body.role).toBe("member");
  expect((await charles.call("POST", "/v1/suppressions", { address: "x@example.com" })).status).toBe(201);
  expect((await ada.call("DELETE", `/v1/members/${userId}`)).status).toBe(204);
  expect((await charles.call("GET", "/v1/leads")).status).toBe(401);
});

test("signing in and out: the cookie that was taken away doesn't work any more, and a new sign-in ends the one before", async () => {
  const first = new Browser(api);
  const wrong = await first.signIn("ada@example.com", "not her password");
  const unknown = await first.signIn("nobody@example.com", "not her password");
  expect(wrong).toMatchObject({ status: 401, body: { message: "The address or the password is wrong." } });
  expect(unknown.body).toEqual(wrong.body);
  expect((await first.signIn(" ADA@example.com ", password)).status).toBe(200);
  const { cookie, csrfToken } = first;
  await first.signIn("ada@example.com", password);
  const stale = new Browser(api);
  Object.assign(stale, { cookie, csrfToken });
  expect((await stale.call("GET", "/v1/leads")).status).toBe(401);
  const left = Object.assign(new Browser(api), { cookie: first.cookie, csrfToken: first.csrfToken });
  const out = await first.call("DELETE", "/v1/session");
  expect(out.status).toBe(204);
  expect(out.headers["set-cookie"]).toMatch(/^herald_session=; .*Max-Age=0/);
  expect((await left.call("GET", "/v1/leads")).status).toBe(401);
  // Ended by somebody, so that its pages forget what they show; the next answer knows of none.
  expect(await left.session()).toMatchObject({ user: null, sessionOver: "ended" });
  expect(await left.session()).toMatchObject({ user: null, sessionOver: null });
});

test("acts of people are in the audit trail, with who they are and how they signed in", async () => {
  const ada = new Browser(api);
  await ada.signIn("ada@example.com", password);
  const { user } = await ada.session();
  const { body } = await ada.call("GET", `/v1/audit?actor=${user.id}&limit=100`);
  const actions = body.data.map(({ action }: { action: string }) => action);
  for (const action of ["POST /v1/setup", "POST /v1/session", "POST /v1/invitations", "PATCH /v1/members/{userId}"])
    expect(actions).toContain(action);
  expect(body.data[0]).toMatchObject({ actor: { kind: "user", id: user.id, name: "Ada Lovelace" }, ip: "127.0.0.1" });
  const change = body.data.find(({ action }: { action: string }) => action === "PATCH /v1/members/{userId}");
  expect(change.content).toMatchObject({ before: { role: "viewer" }, after: { role: "member" } });
  const text = JSON.stringify(body);
  for (const secret of [password, ada.cookie!, ada.csrfToken!]) expect(text).not.toContain(secret);
  // The link of an invitation is one: who reads the trail must not become who was invited.
  expect(text).toMatch(/\/invitation#token=\*\*\*"/);
  expect(text).not.toMatch(/#token=\w/);
});
