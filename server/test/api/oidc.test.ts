import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OidcProvider, startOidcProvider } from "../../src/loopback/oidc.ts";
import { Browser, owner } from "./browser.ts";
import { type Api, setup } from "./setup.ts";

const publicUrl = "https://herald.example.com";
let provider: OidcProvider;
let api: Api;
let ada: Browser;
beforeAll(async () => {
  provider = await startOidcProvider({ redirectUris: [`${publicUrl}/v1/session/oidc/callback`] });
  const { issuer, clientId, clientSecret } = provider;
  api = await setup({ config: { oidc: { issuer, clientId, clientSecret, name: "Loopback" }, publicUrl: null } });
  ada = await owner(api);
  Object.assign(api.context.config, { publicUrl });
});
afterAll(async () => {
  await api.close();
  await provider.close();
});
beforeEach(() => {
  Object.assign(provider, { wrong: null, bareIdToken: false });
});

const cookieIn = (header: unknown, name: string) =>
  [header]
    .flat()
    .map((text) => new RegExp(`^${name}=([^;]+)`).exec(String(text))?.[1])
    .find(Boolean) ?? null;

/** Goes to the provider and back. */
async function visit(person: OidcProvider["person"], change: (back: URL) => void = () => {}) {
  provider.person = person;
  const started = await api.call("GET", "/v1/session/oidc?to=/inbox", { key: null });
  expect(started.status).toBe(302);
  const away = await fetch(String(started.headers.location), { redirect: "manual" });
  const back = new URL(away.headers.get("location")!);
  change(back);
  const flow = cookieIn(started.headers["set-cookie"], "herald_oidc");
  const ended = await api.call("GET", back.pathname + back.search, {
    ...{ key: null, headers: { cookie: `herald_oidc=${flow}`, "sec-fetch-site": "cross-site" } },
  });
  const browser = Object.assign(new Browser(api), { cookie: cookieIn(ended.headers["set-cookie"], "herald_session") });
  return { browser, back, flow, to: ended.headers.location, cookies: [ended.headers["set-cookie"]].flat().map(String) };
}

test("the page learns that there is a provider", async () => {
  expect((await new Browser(api).session()).signIn.oidc).toEqual({ name: "Loopback", url: "/v1/session/oidc" });
});

test("who was invited comes in by a verified address, and afterwards by the provider's subject whatever the address", async () => {
  await ada.call("POST", "/v1/invitations", { email: "charles@example.com", role: "member" });
  const charles = { sub: "c1", name: "Charles Babbage", email: "Charles@example.com", email_verified: true };
  const first = await visit(charles);
  expect(first.to).toBe("/inbox");
  for (const text of first.cookies) expect(text).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
  expect(await first.browser.session()).toMatchObject({
    ...{ user: { email: "charles@example.com", name: "Charles Babbage" }, workspace: { role: "member" } },
  });
  expect((await ada.call("GET", "/v1/invitations")).body.data).toEqual([]);
  const again = await visit({ sub: "c1", email: "other@example.com", email_verified: false });
  expect((await again.browser.session()).user).toMatchObject({ email: "charles@example.com" });
});

test("an account is linked by its verified address once; another subject with that address isn't it", async () => {
  provider.bareIdToken = true;
  const linked = await visit({ sub: "a1", email: "ada@example.com", email_verified: true });
  expect((await linked.browser.session()).user).toMatchObject({ name: "Ada Lovelace" });
  expect((await visit({ sub: "a2", email: "ada@example.com", email_verified: true })).to).toBe(
    "/sign-in?error=oidc_not_invited",
  );
});

test.each([
  ["an address that isn't verified", { sub: "x1", email: "ada@example.com", email_verified: false }, "unverified"],
  [
    "an address of which only a text says so",
    { sub: "x2", email: "ada@example.com", email_verified: "true" },
    "unverified",
  ],
  ["no address", { sub: "x3" }, "unverified"],
  ["a stranger", { sub: "x4", email: "eve@example.com", email_verified: true }, "not_invited"],
  ["a refusal by the provider", null, "denied"],
])("%s leads to the sign-in page, which says why, and to no session", async (_, person, reason) => {
  const { to, browser } = await visit(person);
  expect(to).toBe(`/sign-in?error=oidc_${reason}`);
  expect(browser.cookie).toBe(null);
});

test.each(["nonce", "issuer", "audience", "signature", "expired"] as const)(
  "an ID token with a wrong %s is none",
  async (wrong) => {
    provider.wrong = wrong;
    const { to, browser } = await visit({ sub: "c1", email: "charles@example.com", email_verified: true });
    expect(to).toBe("/sign-in?error=oidc_failed");
    expect(browser.cookie).toBe(null);
    expect(api.logged.at(-2)).toMatchObject({ msg: "a sign-in by the identity provider failed" });
  },
);

test("a way back with another state, without its cookie, from another issuer, or gone twice signs nobody in", async () => {
  const charles = { sub: "c1", email: "charles@example.com", email_verified: true };
  const failed = "/sign-in?error=oidc_failed";
  expect((await visit(charles, (back) => back.searchParams.set("state", "x".repeat(43)))).to).toBe(failed);
  expect((await visit(charles, (back) => back.searchParams.set("iss", "https://evil.example.com"))).to).toBe(failed);
  const { back, flow } = await visit(charles);
  const url = back.pathname + back.search;
  expect((await api.call("GET", url, { key: null })).headers.location).toBe(failed);
  const twice = await api.call("GET", url, { key: null, headers: { cookie: `herald_oidc=${flow}` } });
  expect(twice.headers.location).toBe(failed);
  expect(provider.refusals.at(-1)).toBe("code is unknown, or was used.");
});

test("afterwards the browser goes to a path of Herald's own, nowhere else", async () => {
  for (const to of ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "/a\r\nb", ""])
    expect((await api.call("GET", `/v1/session/oidc?to=${encodeURIComponent(to)}`, { key: null })).status, to).toBe(
      400,
    );
});
