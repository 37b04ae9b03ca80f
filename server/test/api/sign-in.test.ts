import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { setupCode } from "../../src/api/setup.ts";
import { mostTries, passwords } from "../../src/api/sign-in.ts";
import { deleteOldSessions } from "../../src/db/session.ts";
import { deleteOldTries } from "../../src/db/sign-in-try.ts";
import { accountByEmail } from "../../src/db/user.ts";
import { Passwords } from "../../src/domain/password.ts";
import { Browser, invited, owner, password, tokenIn } from "./browser.ts";
import { type Api, box, setup } from "./setup.ts";

let api: Api;
let ada: Browser;
beforeAll(async () => {
  api = await setup({ config: { trustedProxies: ["loopback"] } });
  ada = await owner(api);
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("delete from sign_in_try");
});

const from = (ip: string) => new Browser(api, { "x-forwarded-for": ip });
/** Another window of the same browser. */
const copyOf = ({ cookie, csrfToken }: Browser) => Object.assign(new Browser(api), { cookie, csrfToken });
const address = { address: "no@example.com" };

test("a call that changes something needs the session's token beside the cookie; one that reads doesn't", async () => {
  const forged = Object.assign(new Browser(api), { cookie: ada.cookie });
  expect((await forged.call("GET", "/v1/leads")).status).toBe(200);
  const refused = await forged.call("POST", "/v1/suppressions", address);
  expect(refused).toMatchObject({ status: 403, body: { message: expect.stringContaining("x-herald-csrf") } });
  forged.csrfToken = (await copyOf(ada).session()).csrfToken.replace(/.$/, "!");
  expect((await forged.call("POST", "/v1/suppressions", address)).status).toBe(403);
  expect((await copyOf(ada).call("POST", "/v1/suppressions", address)).status).toBe(201);
});

test.each([
  ["another site's page", { "sec-fetch-site": "cross-site" }, false],
  ["a page of another port or subdomain", { "sec-fetch-site": "same-site" }, false],
  ["another origin, told by an older browser", { origin: "https://evil.example.com" }, false],
  ["an origin that hides", { origin: "null" }, false],
  ["Herald's page", { "sec-fetch-site": "same-origin", origin: "http://localhost" }, true],
  ["Herald's page in an older browser", { origin: "http://localhost:80" }, true],
])("%s: with cookie and token it is let in or refused by where it comes from", async (_, headers, may) => {
  const given = Object.fromEntries(Object.entries({ host: "localhost", ...headers }));
  const reply = await copyOf(ada).call("POST", "/v1/suppressions", address, given);
  expect(reply.status).toBe(may ? 201 : 403);
  // Nor is anybody signed in by another site, as somebody else.
  const signIn = await new Browser(api).call("POST", "/v1/session", { email: "ada@example.com", password }, given);
  expect(signIn.status).toBe(may ? 200 : 403);
});

test("a key is taken from anywhere, counts before a cookie, and is for its own workspace only", async () => {
  const headers = { "sec-fetch-site": "cross-site", cookie: `herald_session=${ada.cookie}` };
  const call = (more: object) =>
    api.call("POST", "/v1/suppressions", { body: address, key: api.keys.read, headers: { ...headers, ...more } });
  expect((await call({})).body.message).toContain("this key has: read");
  const elsewhere = { "herald-workspace": "ws_01k9x2m4vye8qsa5h1b7d3n6fj" };
  expect((await call(elsewhere)).body.message).toContain(`This API key belongs to ${api.workspaceId}`);
});

test("ten wrong passwords block an account for a quarter of an hour, over all addresses, the right one included; another account isn't", async () => {
  const verify = vi.spyOn(passwords, "verify").mockResolvedValue(false);
  for (let n = 1; n <= mostTries.account; n++)
    expect((await from(`203.0.113.${n}`).signIn("ada@example.com", "wrong password")).status, String(n)).toBe(401);
  const blocked = await from("203.0.113.99").signIn("ada@example.com", password);
  expect(blocked).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(Number(blocked.headers["retry-after"])).toBeGreaterThan(800);
  // The same for an address that nobody has.
  for (let n = 1; n <= mostTries.account; n++)
    await from(`203.0.113.${n}`).signIn("nobody@example.com", "wrong password");
  expect((await from("203.0.113.99").signIn("nobody@example.com", password)).body).toEqual(blocked.body);
  verify.mockRestore();
  // In the trail: that it began and that it was blocked, not each try.
  const failed = async () => (await ada.call("GET", "/v1/audit?action=sign_in.*")).body.data;
  await expect.poll(async () => (await failed()).length).toBe(2);
  // Written beside the answers: which is first is open where tries follow each other within a millisecond.
  expect((await failed()).map((entry: { action: string }) => entry.action).sort()).toEqual([
    "sign_in.blocked",
    "sign_in.failed",
  ]);
  await api.db.query("update sign_in_try set until = now()");
  expect((await from("203.0.113.99").signIn("ada@example.com", password)).status).toBe(200);
});

test("who wears an account's tries out keeps nobody out of a browser that is known for it, which has ten of its own", async () => {
  const mine = new Browser(api);
  await mine.signIn("ada@example.com", password);
  expect(mine.known).toMatch(/^herald_browser=[\w-]{43}$/);
  const verify = vi.spyOn(passwords, "verify").mockResolvedValue(false);
  for (let n = 0; n <= mostTries.account; n++) await from(`203.0.113.${n}`).signIn("ada@example.com", "wrong password");
  verify.mockRestore();
  expect((await from("203.0.113.99").signIn("ada@example.com", password)).status).toBe(429);
  expect((await mine.signIn("ada@example.com", password)).status).toBe(200);
  // It is known for that account alone, and nobody can make it up.
  const verifying = vi.spyOn(passwords, "verify").mockResolvedValue(false);
  for (let n = 0; n <= mostTries.account; n++) await mine.signIn("eve@example.com", "wrong password");
  expect((await new Browser(api).signIn("eve@example.com", "wrong password")).status).toBe(429);
  const forged = Object.assign(new Browser(api), { known: `herald_browser=${"A".repeat(43)}` });
  expect((await forged.signIn("ada@example.com", password)).status).toBe(429);
  for (let n = 0; n < mostTries.account; n++) await mine.signIn("ada@example.com", "wrong password");
  verifying.mockRestore();
  expect((await mine.signIn("ada@example.com", password)).status).toBe(429);
});

test("of many tries at once no more than ten are judged", async () => {
  const verify = vi.spyOn(passwords, "verify").mockResolvedValue(false);
  const all = await Promise.all(
    Array.from({ length: 30 }, (_, n) => from(`203.0.113.${n}`).signIn("ada@example.com", "wrong password")),
  );
  const judged = verify.mock.calls.length;
  verify.mockRestore();
  expect(judged).toBe(mostTries.account);
  expect(all.filter(({ status }) => status === 429)).toHaveLength(20);
});

test("fifty wrong tries from one network block it, whatever the accounts; who signs in rightly doesn't wear it out", async () => {
  const verify = vi.spyOn(passwords, "verify").mockResolvedValue(false);
  for (let n = 0; n < mostTries.address; n++)
    await from(`2001:db8:1:2::${n.toString(16)}`).signIn(`a${n}@example.com`, "x");
  verify.mockRestore();
  expect((await from("2001:db8:1:2::ffff").signIn("ada@example.com", password)).status).toBe(429);
  expect((await from("2001:db8:1:3::1").signIn("ada@example.com", password)).status).toBe(200);
  const { rows } = await api.db.query<{ tries: number }>("select tries from sign_in_try order by tries");
  expect(rows[0]!.tries).toBe(0);
});

test("a password is looked at for as long where nobody has the address", async () => {
  const verify = vi.spyOn(passwords, "verify");
  const derive = vi.spyOn(Passwords.prototype as unknown as { derive(): Promise<Buffer> }, "derive");
  await new Browser(api).signIn("nobody@example.com", "wrong password");
  const unknown = derive.mock.calls.length;
  await new Browser(api).signIn("ada@example.com", "wrong password");
  expect([unknown, derive.mock.calls.length]).toEqual([1, 2]);
  expect(verify.mock.calls[0]).toEqual(["wrong password", null]);
  vi.restoreAllMocks();
});

test("a hash of weaker parameters is made anew when its password is next used", async () => {
  const weak = await new Passwords({ memory: 64, passes: 1, parallelism: 1 }).hash(password);
  await api.db.query("update user_account set password_hash = $1 where email = 'ada@example.com'", [weak]);
  expect((await new Browser(api).signIn("ada@example.com", password)).status).toBe(200);
  const { passwordHash } = (await accountByEmail(api.db, "ada@example.com"))!;
  expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await new Browser(api).signIn("ada@example.com", password)).status).toBe(200);
});

test("a session is over after a week without a call, and after thirty days in any case", async () => {
  const browser = new Browser(api);
  await browser.signIn("ada@example.com", password);
  const age = (change: string) =>
    api.db.query(`update user_session set ${change} where id = (select max(id) from user_session)`);
  await age("seen_at = now() - interval '6 days 23 hours'");
  expect((await browser.call("GET", "/v1/leads")).status).toBe(200);
  await age("seen_at = now() - interval '7 days 1 minute'");
  expect((await browser.call("GET", "/v1/leads")).body.message).toBe("This session is over. Sign in again.");
  await age("seen_at = now(), expires_at = now() - interval '1 second'");
  const looking = Object.assign(new Browser(api), { cookie: browser.cookie });
  expect(await looking.session()).toMatchObject({ user: null, sessionOver: "expired" });
  // Its cookie is still there, and keeps nobody from an invitation.
  browser.csrfToken = null;
  const { body: invitation } = await ada.call("POST", "/v1/invitations", { email: "new@example.com", role: "viewer" });
  const accept = { token: tokenIn(invitation.url), name: "New", password };
  const stale = Object.assign(new Browser(api), { cookie: browser.cookie });
  expect((await stale.call("POST", "/v1/invitations/accept", accept)).status).toBe(200);
  // It began a session of theirs, which ended the one that had expired.
  expect(await browser.session()).toMatchObject({ user: null, sessionOver: "ended" });
  expect(browser.cookie).toBe(null);
});

test("what is over is deleted in time, and nothing else", async () => {
  const count = async () =>
    (
      await api.db.query<{ n: number }>(
        "select count(*)::int as n from user_session union all select count(*)::int from sign_in_try",
      )
    ).rows.map(({ n }) => n);
  await new Browser(api).signIn("nobody@example.com", "wrong password");
  await new Browser(api).signIn("ada@example.com", password);
  await deleteOldSessions(api.db);
  await deleteOldTries(api.db);
  const [sessions, tries] = await count();
  expect([sessions! > 1, tries]).toEqual([true, 2]);
  await api.db.query(
    "update user_session set expires_at = now() - interval '7 days 1 second' where id = (select max(id) from user_session)",
  );
  await api.db.query("update sign_in_try set until = now()");
  await deleteOldSessions(api.db);
  await deleteOldTries(api.db);
  expect(await count()).toEqual([sessions! - 1, 0]);
});

test("a new password needs the present one, isn't too easy, and ends all other sessions", async () => {
  const [here, there] = [await invited(api, ada, "member", "grace@example.com"), new Browser(api)];
  await there.signIn("grace@example.com", password);
  const change = (body: object) => here.call("PATCH", "/v1/session/user", body);
  expect((await change({ password: "nanoseconds of wire" })).body.details[0].field).toBe("currentPassword");
  const wrong = await change({ password: "nanoseconds of wire", currentPassword: "not it, surely" });
  expect(wrong).toMatchObject({ status: 400, body: { details: [{ field: "currentPassword" }] } });
  const weak = await change({ password: "Grace-grace1", currentPassword: password });
  expect(weak.body.details).toEqual([{ field: "password", reason: expect.stringContaining("hardly more than") }]);
  const done = await change({ name: "Grace Hopper", password: "nanoseconds of wire", currentPassword: password });
  expect(done).toMatchObject({ status: 200, body: { user: { name: "Grace Hopper" } } });
  expect((await here.call("GET", "/v1/leads")).status).toBe(200);
  expect((await there.call("GET", "/v1/leads")).status).toBe(401);
  expect((await there.signIn("grace@example.com", password)).status).toBe(401);
  expect((await there.signIn("grace@example.com", "nanoseconds of wire")).status).toBe(200);
});

test("signing out everywhere ends all of one's own sessions, and nobody else's", async () => {
  const one = await invited(api, ada, "member", "alan@example.com");
  const other = new Browser(api, { "user-agent": "Other/1.0" });
  await other.signIn("alan@example.com", password);
  const { body } = await one.call("GET", "/v1/sessions");
  expect(body.data).toMatchObject([{ userAgent: "Other/1.0", current: false }, { current: true }]);
  expect(JSON.stringify(body)).not.toContain(one.cookie);
  const third = new Browser(api);
  await third.signIn("alan@example.com", password);
  const { id } = (await third.call("GET", "/v1/sessions")).body.data.find((each: { current: boolean }) => each.current);
  expect((await ada.call("DELETE", `/v1/sessions/${id}`)).status).toBe(404);
  expect((await one.call("DELETE", `/v1/sessions/${id}`)).status).toBe(204);
  expect((await third.call("GET", "/v1/leads")).status).toBe(401);
  expect((await one.call("DELETE", "/v1/sessions")).body).toEqual({ ended: 2 });
  for (const browser of [one, other]) expect((await browser.call("GET", "/v1/leads")).status).toBe(401);
  expect((await ada.call("GET", "/v1/leads")).status).toBe(200);
});

test("neither cookie nor password is in the database or the log", async () => {
  const { rows } = await api.db.query("select * from user_session, user_account, invitation");
  const text = JSON.stringify(rows) + JSON.stringify(api.logged);
  for (const secret of [ada.cookie!, ada.csrfToken!, password, "wrong password"]) expect(text).not.toContain(secret);
  expect(api.logged.at(-1)).toMatchObject({ user: expect.stringMatching(/^user_/) });
});

test("from another machine, through a proxy or under another name the set-up needs the code, once; of two at once one wins", async () => {
  const fresh = await setup();
  try {
    const body = { email: "ada@example.com", name: "Ada", password };
    const strangers: Record<string, string>[] = [
      { "x-forwarded-for": "203.0.113.7" },
      { via: "1.1 proxy" },
      // A page whose name leads to this machine.
      { host: "evil.example.com" },
    ];
    for (const headers of strangers) {
      const browser = new Browser(fresh, headers);
      expect(await browser.session()).toMatchObject({ setupNeeded: true, setupCodeNeeded: true });
      const refused = await browser.call("POST", "/v1/setup", body);
      expect(refused).toMatchObject({ status: 403, body: { details: [{ field: "code" }] } });
    }
    const stranger = new Browser(fresh, strangers[0]);
    expect((await stranger.call("POST", "/v1/setup", { ...body, code: "abcd-efgh-jkmn-pqrs" })).status).toBe(403);
    Object.assign(fresh.context.config, { publicUrl: "https://herald.example.com" });
    expect((await new Browser(fresh).call("POST", "/v1/setup", body)).status).toBe(403);
    const code = setupCode(box).toUpperCase();
    const both = await Promise.all(
      ["a@example.com", "b@example.com"].map((email) =>
        new Browser(fresh, strangers[0]).call("POST", "/v1/setup", { ...body, email, code }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(both.find(({ status }) => status === 201)!.headers["set-cookie"]).toMatch(/; Secure$/);
    expect((await fresh.db.query("select 1 from user_account")).rowCount).toBe(1);
    expect((await new Browser(fresh).call("POST", "/v1/setup", { ...body, code })).status).toBe(409);
  } finally {
    await fresh.close();
  }
});

test("several reads in one call are answered each as by itself, in their order, and by the session's rights", async () => {
  const read = (who: Browser, ...calls: object[]) => who.call("POST", "/v1/session/reads", { calls });
  const { status, body } = await read(
    copyOf(ada),
    { path: "/v1/senders", query: { limit: "1" } },
    { path: "/v1/messages", query: { status: "no such" } },
    { path: "/v1/conversations/unread" },
  );
  expect(status).toBe(200);
  expect(body.answers).toEqual([
    { status: 200, body: (await ada.call("GET", "/v1/senders?limit=1")).body },
    { status: 400, body: expect.objectContaining({ details: [expect.objectContaining({ field: "status" })] }) },
    { status: 200, body: (await ada.call("GET", "/v1/conversations/unread")).body },
  ]);
  const elsewhere = { "herald-workspace": "ws_01k9x2m4vye8qsa5h1b7d3n6fj" };
  const unread = { calls: [{ path: "/v1/conversations/unread" }] };
  expect((await copyOf(ada).call("POST", "/v1/session/reads", unread, elsewhere)).status).toBe(403);
  for (const path of ["/v1/events/stream", "/v1/session/reads", "/v1/senders/../api-keys"])
    expect((await read(copyOf(ada), { path })).body).toMatchObject({ details: [{ field: "calls.0.path" }] });
  expect((await read(copyOf(ada), { path: "/v1/analytics/overview", query: { format: "csv" } })).body).toMatchObject({
    details: [{ field: "calls.0.query.format" }],
  });

  // As a page's head asks, before any script has run: without the session's token, and told of which workspace it is.
  const first = (calls: string) => ada.call("GET", `/v1/session/reads?${new URLSearchParams({ calls })}`);
  const { workspace } = (await ada.call("GET", "/v1/session")).body;
  expect((await first(JSON.stringify(unread.calls))).body).toEqual({
    workspaceId: workspace.id,
    answers: [{ status: 200, body: (await ada.call("GET", "/v1/conversations/unread")).body }],
  });
  const nobody = await new Browser(api).call(
    "GET",
    `/v1/session/reads?${new URLSearchParams({ calls: JSON.stringify(unread.calls) })}`,
  );
  expect(nobody).toMatchObject({ status: 200, body: { workspaceId: null, answers: [] } });
  expect((await first("[")).body).toMatchObject({ details: [{ field: "calls" }] });
  expect((await first('[{"path":"/v1/session/reads"}]')).body).toMatchObject({ details: [{ field: "calls.0.path" }] });
});
