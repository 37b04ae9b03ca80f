import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { endpoint } from "../../src/api/endpoint.ts";
import { Browser, invited, owner, password, tokenIn } from "./browser.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
let ada: Browser;
/** An answer that lasts: a test lets something happen in the middle of it. */
let meanwhile = async () => {};
const lasting = endpoint({
  ...({ method: "GET", path: "/v1/test/lasting", right: "leads.read", tags: ["Test"], summary: "Last" } as const),
  responses: { 204: z.void() },
  async execute({ request }) {
    await meanwhile();
    await request.recheck();
    return { status: 204, body: undefined };
  },
});
beforeAll(async () => {
  api = await setup({ extraEndpoints: [lasting] });
  ada = await owner(api);
});
afterAll(() => api.close());

const idOf = async (browser: Browser) => (await browser.session()).user.id as string;
const roleOf = (by: Browser, userId: string, role: string) => by.call("PATCH", `/v1/members/${userId}`, { role });

test("the last owner stays: neither demoted nor removed, also not by two at once who demote each other", async () => {
  const adaId = await idOf(ada);
  expect((await roleOf(ada, adaId, "member")).body).toMatchObject({ code: "conflict" });
  expect((await ada.call("DELETE", `/v1/members/${adaId}`)).body).toMatchObject({ code: "conflict" });
  const bob = await invited(api, ada, "owner", "bob@example.com");
  const bobId = await idOf(bob);
  for (let round = 0; round < 5; round++) {
    const [a, b] = await Promise.all([roleOf(ada, bobId, "admin"), roleOf(bob, adaId, "admin")]);
    // Who lost the race may already lack the right when it is judged.
    expect(
      [a.status, b.status].filter((status) => status === 200),
      `round ${round}`,
    ).toHaveLength(1);
    const [still, demoted] = a.status === 200 ? [ada, bobId] : [bob, adaId];
    expect((await roleOf(still, demoted, "owner")).status).toBe(200);
  }
  const removed = await Promise.all([
    ada.call("DELETE", `/v1/members/${bobId}`),
    bob.call("DELETE", `/v1/members/${adaId}`),
  ]);
  expect(removed.filter(({ status }) => status === 204)).toHaveLength(1);
  const { rows } = await api.db.query<{ user_id: string }>("select user_id from member where role = 'owner'");
  expect(rows).toHaveLength(1);
  if (rows[0]!.user_id !== adaId) {
    await api.db.query("update member set user_id = $1", [adaId]);
    await ada.signIn("ada@example.com", password);
  }
});

test("an admin manages people, and neither makes an owner nor touches one; nor does a key", async () => {
  const admin = await invited(api, ada, "admin");
  const viewer = await invited(api, admin, "viewer");
  const [adaId, adminId, viewerId] = [await idOf(ada), await idOf(admin), await idOf(viewer)];
  expect((await roleOf(admin, viewerId, "member")).status).toBe(200);
  const refused = [
    await roleOf(admin, adminId, "owner"),
    await roleOf(admin, adaId, "viewer"),
    await admin.call("DELETE", `/v1/members/${adaId}`),
    await admin.call("POST", "/v1/invitations", { email: "new@example.com", role: "owner" }),
    await api.call("PATCH", `/v1/members/${viewerId}`, { body: { role: "owner" } }),
  ];
  for (const { status, body } of refused) {
    expect(status).toBe(403);
    expect(body.message).toContain("owners.write");
  }
  expect((await api.call("GET", "/v1/members")).body.data).toMatchObject([
    { role: "owner", name: "Ada Lovelace" },
    { role: "admin" },
    { role: "member" },
  ]);
  expect((await ada.call("PATCH", "/v1/members/user_none", { role: "owner" })).status).toBe(404);
});

test("an invitation is for one use and one person: again, by two at once, withdrawn, replaced or late it doesn't work", async () => {
  const invite = async (email: string, role = "member") =>
    (await ada.call("POST", "/v1/invitations", { email, role })).body as { id: string; url: string };
  const accept = (url: string, browser = new Browser(api)) =>
    browser.call("POST", "/v1/invitations/accept", { token: tokenIn(url), name: "X", password });
  const statusOf = async (url: string) =>
    (await new Browser(api).call("POST", "/v1/invitations/lookup", { token: tokenIn(url) })).status;

  const first = await invite("one@example.com");
  const second = await invite("one@example.com", "viewer");
  expect([await statusOf(first.url), await statusOf(second.url)]).toEqual([404, 200]);
  const both = await Promise.all([accept(second.url), accept(second.url)]);
  expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
  expect((await api.db.query("select 1 from user_account where email = 'one@example.com'")).rowCount).toBe(1);

  const withdrawn = await invite("two@example.com");
  expect((await ada.call("DELETE", `/v1/invitations/${withdrawn.id}`)).body.email).toBe("two@example.com");
  const late = await invite("three@example.com");
  await api.db.query("update invitation set expires_at = now() where id = $1", [late.id]);
  for (const { url } of [second, withdrawn, late]) expect((await accept(url)).status).toBe(404);
  expect((await ada.call("POST", "/v1/invitations", { email: "ada@example.com", role: "viewer" })).status).toBe(409);
  const { rows } = await api.db.query("select * from invitation");
  expect(JSON.stringify(rows)).not.toContain(tokenIn(late.url));
});

test("who has an account accepts while signed in, or with its password, and nothing of the account changes", async () => {
  const made = await ada.call("POST", "/v1/workspaces", { name: "Second", timeZone: "Europe/Paris" });
  expect(made.body).toMatchObject({ name: "Second", role: "owner" });
  const there = { "herald-workspace": made.body.id as string };
  const eve = await invited(api, ada, "member", "eve@example.com");
  const invite = async () =>
    tokenIn((await ada.call("POST", "/v1/invitations", { email: "eve@example.com", role: "admin" }, there)).body.url);
  const token = await invite();
  const lookup = await eve.call("POST", "/v1/invitations/lookup", { token });
  expect(lookup.body).toMatchObject({ hasAccount: true, workspace: { name: "Second" } });
  const other = await invited(api, ada, "viewer", "mallory@example.com");
  expect((await other.call("POST", "/v1/invitations/accept", { token })).body).toMatchObject({
    ...{ code: "conflict", message: expect.stringContaining("You are signed in as mallory@example.com") },
  });
  const stranger = { token, name: "Mallory", password: "not the password of eve" };
  expect((await new Browser(api).call("POST", "/v1/invitations/accept", stranger)).status).toBe(401);
  const accepted = await eve.call("POST", "/v1/invitations/accept", { token });
  expect(accepted.body).toMatchObject({ workspace: { name: "Second", role: "admin" }, user: { name: "member" } });
  expect(accepted.body.workspaces.map(({ name }: { name: string }) => name)).toEqual(["Test", "Second"]);

  // Somebody who came in another way meanwhile is told so, and stays what they are.
  const { url } = (await ada.call("POST", "/v1/invitations", { email: "mallory@example.com", role: "admin" }, there))
    .body;
  const membership = [made.body.id, await idOf(other)];
  await api.db.query("insert into member (workspace_id, user_id, role) values ($1, $2, 'viewer')", membership);
  expect(await other.call("POST", "/v1/invitations/accept", { token: tokenIn(url) })).toMatchObject({
    ...{ status: 409, body: { message: expect.stringContaining("You are in Second already, as viewer") } },
  });
  const { rows } = await api.db.query("select role from member where workspace_id = $1 and user_id = $2", membership);
  expect(rows).toEqual([{ role: "viewer" }]);

  // Removed there, she goes on here.
  expect((await ada.call("DELETE", `/v1/members/${await idOf(eve)}`, undefined, there)).status).toBe(204);
  expect(await eve.session()).toMatchObject({ workspace: { name: "Test", role: "member" } });
  const once = { token: await invite(), password };
  const both = await Promise.all([1, 2].map(() => new Browser(api).call("POST", "/v1/invitations/accept", once)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
  const again = both.find(({ status }) => status === 200)!;
  expect(again.body).toMatchObject({
    workspace: { name: "Second" },
    user: { email: "eve@example.com", name: "member" },
  });
});

test("a call goes where its header says, else where the session is; into a workspace that one isn't in it doesn't go", async () => {
  const { body: made } = await ada.call("POST", "/v1/workspaces", { name: "Third" });
  const nameOf = async (headers: Record<string, string> = {}) =>
    (await ada.call("GET", "/v1/workspace", undefined, headers)).body.name;
  expect([await nameOf(), await nameOf({ "herald-workspace": made.id })]).toEqual(["Test", "Third"]);
  expect((await ada.call("PUT", "/v1/session/workspace", { workspaceId: made.id })).body.workspace.name).toBe("Third");
  expect([await nameOf(), await nameOf({ "herald-workspace": api.workspaceId })]).toEqual(["Third", "Test"]);
  expect((await ada.call("GET", "/v1/workspaces")).body.data.map(({ name }: { name: string }) => name)).toContain(
    "Third",
  );
  const viewer = await invited(api, ada, "viewer", "v3@example.com");
  const elsewhere = await viewer.call("GET", "/v1/leads", undefined, { "herald-workspace": api.workspaceId });
  const nowhere = await viewer.call("GET", "/v1/leads", undefined, { "herald-workspace": "ws_none" });
  expect([elsewhere.status, nowhere.status]).toEqual([403, 403]);
  expect(elsewhere.body.message.replace(api.workspaceId, "ws_none")).toBe(nowhere.body.message);
  expect((await viewer.call("PUT", "/v1/session/workspace", { workspaceId: api.workspaceId })).status).toBe(404);
  // The new one's trail begins with who made it.
  const { body: trail } = await ada.call("GET", "/v1/audit?action=POST /v1/workspaces");
  expect(trail.data).toMatchObject([{ target: made.id, actor: { kind: "user" } }]);
  await ada.call("PUT", "/v1/session/workspace", { workspaceId: api.workspaceId });
});

test("who is in no workspace signs in, sees that, and may do nothing until they are invited again", async () => {
  const gone = await invited(api, ada, "member", "gone@example.com");
  await ada.call("DELETE", `/v1/members/${await idOf(gone)}`);
  expect((await gone.call("GET", "/v1/leads")).status).toBe(401);
  expect((await gone.signIn("gone@example.com", password)).body).toMatchObject({
    ...{ workspace: null, workspaces: [], rights: [], user: { email: "gone@example.com" } },
  });
  expect((await gone.call("GET", "/v1/leads")).body.message).toContain("you are in no workspace");
  expect((await gone.call("PATCH", "/v1/session/user", { name: "Gone" })).body.user.name).toBe("Gone");
  expect((await gone.call("DELETE", "/v1/session")).status).toBe(204);
});

test("an answer that lasts learns that its person was removed, or signed out, meanwhile", async () => {
  const stay = await invited(api, ada, "viewer", "stay@example.com");
  expect((await stay.call("GET", "/v1/test/lasting")).status).toBe(204);
  meanwhile = async () => void (await ada.call("DELETE", `/v1/members/${await idOf(stay)}`));
  expect((await stay.call("GET", "/v1/test/lasting")).status).toBe(401);
  const out = await invited(api, ada, "viewer", "out@example.com");
  meanwhile = async () => void (await out.call("DELETE", "/v1/sessions"));
  expect((await out.call("GET", "/v1/test/lasting")).status).toBe(401);
});

test("a workspace's last admin key can be revoked where an owner can make another one", async () => {
  const { rows } = await api.db.query<{ id: string }>(
    "select id from api_key where 'admin' = any(scopes) and workspace_id = $1",
    [api.workspaceId],
  );
  expect(rows).toHaveLength(1);
  expect((await ada.call("DELETE", `/v1/api-keys/${rows[0]!.id}`)).status).toBe(200);
});

test("whoever is in a workspace leaves it, whatever their role, but for its last owner", async () => {
  const viewer = await invited(api, ada, "viewer", "viewer-who-leaves@example.com");
  const leave = (by: Browser, id: string) => by.call("POST", `/v1/workspaces/${id}/leave`);
  expect((await leave(ada, api.workspaceId)).body).toMatchObject({ code: "conflict" });
  const { body: other } = await ada.call("POST", "/v1/workspaces", { name: "Other" });
  expect((await leave(viewer, other.id)).status).toBe(404);
  expect((await leave(viewer, api.workspaceId)).status).toBe(204);
  expect((await viewer.call("GET", "/v1/leads")).status).toBe(401);
});
