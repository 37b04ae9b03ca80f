import { afterAll, beforeAll, expect, test } from "vitest";
import type { Queryable } from "../../../src/db/pool.ts";
import { CrmError } from "../../../src/destinations/crm/error.ts";
import { CrmTokens, type Renew } from "../../../src/destinations/crm/tokens.ts";
import type { SystemEvent } from "../../../src/destinations/system.ts";
import { systemAdapters } from "../../../src/destinations/systems.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { newEventId } from "../../../src/domain/id.ts";
import { type HubspotLoopback, startHubspot } from "../../../src/loopback/hubspot.ts";
import { type SalesforceLoopback, startSalesforce } from "../../../src/loopback/salesforce.ts";
import { type Api, box, setup } from "../../api/setup.ts";
import { makeLead } from "../../factories.ts";

const base = "https://herald.example.com";
const app = { clientId: "client-1234567890", clientSecret: "secret-1234567890", redirectUri: `${base}/oauth/callback` };
let api: Api;
let hubspot: HubspotLoopback;
let salesforce: SalesforceLoopback;
beforeAll(async () => {
  api = await setup({
    config: { publicUrl: base },
    systems: (db) => [
      ...systemAdapters({ db, box, allowPrivate: true, client: null as never, wake: () => {} }).values(),
    ],
  });
  hubspot = await startHubspot({ token: "none", oauth: { ...app, lifeSeconds: 1_800 } });
  salesforce = await startSalesforce(app);
});
afterAll(async () => {
  await Promise.all([hubspot.close(), salesforce.close()]);
  await api.close();
});

const { clientId, clientSecret } = app;
const kinds = {
  hubspot: () => ({
    ...{ peer: hubspot, oauth: hubspot.oauth!, config: { baseUrl: hubspot.url, callsPerSecond: 1_000 } },
    credentials: { clientId, clientSecret },
  }),
  salesforce: () => ({
    ...{
      peer: salesforce,
      oauth: salesforce.oauth,
      credentials: { clientId, clientSecret, grant: "authorization_code" },
    },
    config: { baseUrl: salesforce.url, domain: "acme.my.salesforce.com", callsPerSecond: 1_000 },
  }),
};

async function create(kind: keyof typeof kinds) {
  const { peer, oauth, config, credentials } = kinds[kind]();
  const { body } = await api.call("POST", "/v1/destinations", { body: { kind, config, credentials } });
  const path = `/v1/destinations/${body.id}`;
  return {
    ...{ id: body.id as string, path, peer, oauth },
    start: async () => (await api.call("POST", `${path}/oauth/start`)).body,
    /** What the browser does after somebody has agreed. */
    back: (redirect: string) => api.call("GET", redirect.slice(base.length), { key: null }),
    verify: async () => (await api.call("POST", `${path}/verify`)).body,
    /** A process of its own. */
    open: () => {
      const adapter = systemAdapters({
        db: api.db,
        box,
        allowPrivate: true,
        client: null as never,
        wake: () => {},
      }).get(kind)!;
      const parsed = { config: adapter.config.parse(config), credentials: adapter.credentials.parse(credentials) };
      return adapter.open({ workspaceId: api.workspaceId, destinationId: body.id, name: "CRM", ...parsed });
    },
  };
}
const signal = () => AbortSignal.timeout(60_000);

test.each(["hubspot", "salesforce"] as const)(
  "%s: somebody lets Herald in; expired tokens are renewed once for all processes; a revoked authorization is said in words",
  async (kind) => {
    const t = await create(kind);
    expect(await t.verify()).toMatchObject({ verified: false, code: "not_connected" });
    const { url, redirectUri } = await t.start();
    expect(redirectUri).toBe(app.redirectUri);
    const redirect = t.oauth.agree(url);
    expect(await t.back(redirect)).toMatchObject({ status: 200, body: expect.stringContaining("Connected to") });
    expect(await t.verify()).toMatchObject({ verified: true });
    // The code was used, and so was the state.
    expect(await t.back(redirect)).toMatchObject({ status: 400 });

    t.oauth.expire();
    // HubSpot says when its tokens end; Salesforce's are renewed when one is refused.
    const processes = Array.from({ length: 3 }, () => t.open());
    const before = t.oauth.refreshes;
    const checks = await Promise.all(processes.flatMap((one) => [one.verify(signal()), one.verify(signal())]));
    expect(checks.map(({ ok }) => ok)).toEqual(Array(6).fill(true));
    expect(t.oauth.refreshes - before).toBe(1);
    await Promise.all(processes.map((one) => one.close()));

    // In the middle of what two processes log at once it ends before its time: each event is there once, by one renewal.
    const events: SystemEvent[] = [];
    for (let n = 0; n < 30; n++) {
      const email = `${kind}${n}@example.com`;
      if (kind === "hubspot") hubspot.addContact({ email });
      else salesforce.addPerson("Contact", { Email: email });
      const leadId = await makeLead(api.db, api.workspaceId, { email, phone: null, linkedinUrl: null });
      const { data, ...sample } = eventSample(api.workspaceId, "lead.updated");
      const own = { ...data, externalLeadId: null, email: null, phone: null, linkedinUrl: null, leadId };
      events.push({ ...sample, eventId: newEventId(Date.now() + n), data: JSON.stringify(own), attempt: 1 });
    }
    const [one, other] = [t.open(), t.open()];
    await Promise.all([one.verify(signal()), other.verify(signal())]);
    const renewed = t.oauth.refreshes;
    let creates = 0;
    const second = ({ path, method }: { path: string; method: string }) =>
      method === "POST" && /objects\/notes|sobjects/.test(path) && ++creates === 2;
    const endNow = (request: { path: string; method: string }) => {
      if (second(request)) t.oauth.expire();
      return false;
    };
    t.peer.faults.when(endNow, { kind: "cut" });
    const work = events.map((event, n) => (n % 2 ? one : other).deliver(event, signal()));
    expect(new Set((await Promise.all(work)).map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
    t.peer.faults.clear();
    expect(creates).toBeGreaterThanOrEqual(2);
    expect(t.oauth.refreshes - renewed).toBe(1);
    const logged = t.peer.activities.map(({ body }) => body.match(/evt_\d{13}_\w{9}/)?.[0]).sort();
    expect(logged).toEqual(events.map(({ eventId }) => eventId).sort());
    await Promise.all([one.close(), other.close()]);

    const { rows } = await api.db.query("select sealed from crm_token where destination_id = $1", [t.id]);
    expect(rows[0]!.sealed.toString("latin1")).not.toContain("access-");
    t.oauth.revoke();
    expect(await t.verify()).toMatchObject({
      ...{ verified: false, code: "token_revoked", detail: expect.stringContaining("oauth/start") },
    });
    // Nobody asks again for a while.
    const asked = t.oauth.refreshes;
    expect(await t.verify()).toMatchObject({ verified: false, code: "token_revoked" });
    expect(t.oauth.refreshes).toBe(asked);
  },
);

test("what is no answer to an authorization that was begun changes nothing", async () => {
  const t = await create("hubspot");
  hubspot.oauth!.revoked = false;
  const first = await t.start();
  const second = await t.start();
  const state = new URL(first.url).searchParams.get("state")!;
  // Another one was begun since.
  expect(await t.back(hubspot.oauth!.agree(first.url))).toMatchObject({ status: 400 });
  expect(await t.back(`${base}/oauth/callback?code=x&state=${state}`)).toMatchObject({ status: 400 });
  expect(await t.back(`${base}/oauth/callback?code=x&state=${"A".repeat(80)}`)).toMatchObject({ status: 400 });
  expect(await t.back(`${base}/oauth/callback`)).toMatchObject({ status: 400 });
  const own = new URL(second.url).searchParams.get("state")!;
  const refused = await t.back(`${base}/oauth/callback?error=access_denied&state=${own}`);
  expect(refused).toMatchObject({ status: 400, body: expect.stringContaining("It was refused.") });
  const odd = await t.back(`${base}/oauth/callback?error=%3Cscript%3E&state=${own}`);
  expect(odd.body).not.toContain("<script>");
  // A code of somebody else: the verifier isn't theirs.
  const other = await create("hubspot");
  const stolen = new URL(hubspot.oauth!.agree((await other.start()).url)).searchParams.get("code");
  const mixed = await t.back(`${base}/oauth/callback?code=${stolen}&state=${own}`);
  expect(mixed).toMatchObject({ status: 502, body: expect.stringContaining("Not connected") });
  expect(await t.verify()).toMatchObject({ verified: false, code: "not_connected" });
  const plain = await api.call("POST", "/v1/destinations", {
    body: { kind: "hubspot", config: { baseUrl: hubspot.url }, credentials: { token: "pat-1234567890" } },
  });
  expect(await api.call("POST", `/v1/destinations/${plain.body.id}/oauth/start`)).toMatchObject({ status: 409 });
  const both = { token: "pat-1234567890", clientId, clientSecret };
  const refusedBoth = await api.call("POST", "/v1/destinations", { body: { kind: "hubspot", credentials: both } });
  expect(refusedBoth).toMatchObject({ status: 400 });
});

/** Processes of a destination whose refresh tokens hold once; `storing` is asked before each time that one is stored. */
async function rotating(storing: (n: number) => Promise<void>) {
  const { id: destinationId } = await create("hubspot");
  const key = { workspaceId: api.workspaceId, destinationId };
  let stored = 0;
  const db: Queryable = {
    query: async (...given: Parameters<Queryable["query"]>) => {
      if (/crm.token.store/.test(JSON.stringify(given[0]))) await storing(++stored);
      return await api.db.query(...given);
    },
  } as Queryable;
  const used: (string | null)[] = [];
  const renew: Renew = async (known) => {
    const given = known?.refreshToken ?? null;
    const again = used.includes(given);
    used.push(given);
    if (again) throw new CrmError("refused", "token_revoked", "It was used before.");
    const grant = { accessToken: `access ${used.length}`, refreshToken: `refresh ${used.length}`, expiresAt: 0 };
    return { ...grant, instance: null, scopes: null, account: null, clientId };
  };
  return {
    used,
    process: () => new CrmTokens({ db, box, key, clientId, renew }),
    endClaim: () =>
      api.db.query("update crm_token set claimed_until = now() where destination_id = $1", [destinationId]),
  };
}

test("a refresh token whose storing outlasts its claim still takes the place of the one that was used up", async () => {
  let meanwhile: Promise<unknown> | null = null;
  const t = await rotating(async (n) => {
    if (n !== 2) return;
    await t.endClaim();
    meanwhile = t
      .process()
      .current(signal())
      .catch((error: unknown) => error);
    await meanwhile;
  });
  await t.process().current(signal());
  expect(await t.process().current(signal())).toMatchObject({ accessToken: "access 2" });
  expect(await meanwhile).toMatchObject({ code: "token_revoked" });
  expect(await t.process().current(signal())).toMatchObject({ accessToken: "access 4" });
  expect(t.used).toEqual([null, "refresh 1", "refresh 1", "refresh 2"]);
});

test("a token that couldn't be stored is stored by the next who asks", async () => {
  const t = await rotating(async (n) => {
    if (n === 2) throw Object.assign(new Error("canceling statement due to user request"), { code: "57014" });
  });
  await t.process().current(signal());
  const one = t.process();
  await expect(one.current(signal())).rejects.toThrow("canceling");
  await t.endClaim();
  expect(await one.current(signal())).toMatchObject({ accessToken: "access 3" });
  expect(t.used).toEqual([null, "refresh 1", "refresh 2"]);
});

test("a refresh token that came while the database was away takes the place of the one that doesn't hold any more", async () => {
  const t = await rotating(async (n) => {
    if (n >= 2 && n <= 4) throw Object.assign(new Error("the database system is shutting down"), { code: "57P01" });
  });
  await t.process().current(signal());
  expect(await t.process().current(signal())).toMatchObject({ accessToken: "access 2" });
  expect(await t.process().current(signal())).toMatchObject({ accessToken: "access 3" });
  expect(t.used).toEqual([null, "refresh 1", "refresh 2"]);
});
