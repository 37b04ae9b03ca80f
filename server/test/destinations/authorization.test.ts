import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import type { Database } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { authShown, type DestinationAuth } from "../../src/destinations/webhook/destination-auth.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { Gate } from "../../src/loopback/faults.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";
import { startTokenEndpoint } from "../../src/loopback/token-endpoint.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, box, makeDestination, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

/** A loop that is driven by hand, and destinations with credentials at receivers of their own. */
async function setup() {
  await db.query("truncate outbox, lane, destination, event, attempt");
  const client = new HttpClient({ timeoutMs: 60_000 });
  const tokens = await startTokenEndpoint();
  const errors: unknown[] = [];
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client }), {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 1_000 },
    onError: (_stage, error) => errors.push(error),
  });
  const closing = [() => client.close(), () => tokens.close()];
  onTestFinished(async () => {
    for (const end of closing) await end();
    expect(errors).toEqual([]);
  });

  async function destination(auth: DestinationAuth | null) {
    const workspaceId = await makeWorkspace(db);
    const { id, secret } = await makeDestination(db, workspaceId);
    const receiver = await startReceiver({ format: "herald", secret });
    closing.push(() => receiver.close());
    const change = async (given: DestinationAuth | null, url = `${receiver.url}/hook`) =>
      await updateDestination(db, workspaceId, id, {
        url,
        auth: given && box.seal(JSON.stringify(given), `${workspaceId}/${id}`),
        authShown: given && authShown(given),
      });
    await change(auth);
    return {
      ...{ workspaceId, id, receiver, change },
      send: async (n = 1) =>
        await recordEvents(
          db,
          Array.from({ length: n }, (_, i) => anyEvent(workspaceId, i)),
        ),
      shown: () => receiver.requests.map(({ headers }) => headers.authorization ?? null),
      attempts: async () =>
        (await db.query("select * from attempt where workspace_id = $1 order by n, started_at", [workspaceId])).rows,
    };
  }

  return {
    ...{ tokens, loop, destination },
    oauth2: (more: object = {}) =>
      ({
        ...{ type: "oauth2", tokenUrl: tokens.url, clientId: "herald:1", clientSecret: "s&cret", authMethod: "basic" },
        ...more,
      }) as DestinationAuth,
    /** Everything that is due; a destination takes a few at first. */
    async round() {
      while ((await loop.runOnce()) > 0) await loop.idle();
    },
    dueNow: async () => {
      await db.query("update outbox set due_at = now()");
      await db.query("update lane set ready_at = now(), parked_until = null");
    },
  };
}

test("basic and bearer credentials go with each request, are on no record, and a change counts at once", async () => {
  const t = await setup();
  const d = await t.destination({ type: "basic", username: "Jürgen", password: "p:ss" });
  await d.send();
  await t.round();
  await d.change({ type: "bearer", token: "abc.def" });
  await d.send();
  await t.round();
  await d.change(null);
  await d.send();
  await t.round();
  expect(d.shown()).toEqual([`Basic ${Buffer.from("Jürgen:p:ss").toString("base64")}`, "Bearer abc.def", null]);
  expect(d.receiver.requests[0]!.headers["accept-encoding"]).toBe("identity");
  expect(d.receiver.stats()).toMatchObject({ signaturesValid: 3 });
  const log = JSON.stringify(await d.attempts());
  for (const secret of ["authorization", "abc.def", Buffer.from("Jürgen:p:ss").toString("base64")])
    expect(log).not.toContain(secret);
});

test("a receiver that repeats what it was sent puts no credentials on record, whichever way it writes them", async () => {
  const t = await setup();
  for (const [auth, sent] of [
    [{ type: "basic", username: "ann", password: 'pa"ss/wörd' }, 'pa"ss/wörd'],
    [{ type: "bearer", token: "abc/def+x==" }, "abc/def+x=="],
    [t.oauth2(), "token-1"],
  ] as [DestinationAuth, string][]) {
    const d = await t.destination(auth);
    const pair = auth.type === "basic" ? Buffer.from(`ann:${sent}`).toString("base64") : sent;
    const told = [sent, pair, JSON.stringify(sent), JSON.stringify(pair).replaceAll("/", "\\/")].join(" ");
    d.receiver.next({ status: 500, headers: { "x-seen": `for ${pair}` }, body: `no: ${told}` });
    await d.send();
    await t.round();
    const [attempt] = await d.attempts();
    const { response_body: body, response_headers: headers } = attempt!;
    expect(body).toMatch(/^no: \*\*\* /);
    expect(headers).toContain("x-seen: for ***\n");
    expect(d.shown()).toHaveLength(1);
    for (const left of [sent, pair, sent.slice(-4), pair.slice(-4)]) expect(`${body}${headers}`).not.toContain(left);
  }
});

test("an access token is asked for once for all who need it, and kept, also when the destination changes in something else", async () => {
  const t = await setup();
  const d = await t.destination(t.oauth2({ scope: "events write", audience: "https://crm" }));
  await d.send(20);
  await t.round();
  await updateDestination(db, d.workspaceId, d.id, { name: "Another" });
  await d.send(5);
  await t.round();
  expect(d.shown()).toEqual(Array.from({ length: 25 }, () => "Bearer token-1"));
  expect(t.tokens.requests).toHaveLength(1);
  const [{ headers, form }] = t.tokens.requests as [(typeof t.tokens.requests)[0]];
  expect(form).toEqual({ grant_type: "client_credentials", scope: "events write", audience: "https://crm" });
  // Each part is form-encoded first (RFC 6749, 2.3.1).
  expect(headers.authorization).toBe(`Basic ${Buffer.from("herald%3A1:s%26cret").toString("base64")}`);

  await d.change(t.oauth2({ authMethod: "body" }));
  await d.send();
  await t.round();
  expect(t.tokens.requests[1]!.headers.authorization).toBeUndefined();
  expect(t.tokens.requests[1]!.form).toMatchObject({ client_id: "herald:1", client_secret: "s&cret" });
  expect(d.shown().at(-1)).toBe("Bearer token-2");
});

test("a token is not used in the last 30 seconds of its life", async () => {
  const t = await setup();
  t.tokens.answer = { expiresIn: 100 };
  const d = await t.destination(t.oauth2());
  const begun = performance.now();
  onTestFinished(() => void vi.restoreAllMocks());
  for (const [seconds, token] of [
    [0, 1],
    [65, 1],
    [75, 2],
  ] as const) {
    vi.spyOn(performance, "now").mockReturnValue(begun + seconds * 1_000);
    await d.send();
    await t.round();
    expect(d.shown().at(-1), `${seconds} s`).toBe(`Bearer token-${token}`);
  }
});

test("a receiver's 401 drops the token: once, for all who had it, the request goes out again with another one", async () => {
  const t = await setup();
  const d = await t.destination(t.oauth2());
  d.receiver.next({ status: 401 }, { status: 401 }, { status: 401 });
  await d.send(3);
  await t.round();
  expect(t.tokens.requests).toHaveLength(2);
  expect(d.shown().toSorted()).toEqual([1, 1, 1, 2, 2, 2].map((n) => `Bearer token-${n}`));
  expect((await d.attempts()).map((attempt) => attempt.outcome)).toEqual(["succeeded", "succeeded", "succeeded"]);
  // One that refuses whatever comes: the attempt fails, and no token is asked for again and again.
  d.receiver.always({ status: 401 });
  await d.send(10);
  await t.round();
  const failed = (await d.attempts()).slice(3);
  expect(failed.map((attempt) => attempt.code)).toEqual(Array.from({ length: 10 }, () => "http_401"));
  expect(t.tokens.requests).toHaveLength(2);
});

test("a token endpoint that fails is a failed attempt with its reason, and repeats nothing of what was sent or came", async () => {
  const t = await setup();
  const d = await t.destination(t.oauth2());
  for (const [answer, why] of [
    [
      { status: 401, body: '{"error":"invalid_client","error_description":"s&cret"}' },
      /it answered 401 \(invalid_client\)\. Check/,
    ],
    [{ status: 500, body: "<html>s&cret" }, /it answered 500\./],
    // As some say it.
    [{ body: '{"error":"invalid_client","error_description":"s&cret"}' }, /it answered 200 \(invalid_client\)\. Check/],
    [{ body: '{"token":"s&cret"}' }, /not JSON with a usable access_token/],
    [{ body: '{"access_token":"a\\nb"}' }, /not JSON with a usable access_token/],
    [{ body: '{"access_token":"s&cret","token_type":"mac"}' }, /not of the type Bearer/],
  ] as const) {
    t.tokens.answer = answer;
    await d.change(t.oauth2());
    await db.query("truncate attempt, outbox");
    await d.send(3);
    await t.round();
    const attempts = await d.attempts();
    expect(attempts.map(({ code, outcome }) => [code, outcome])).toEqual(
      Array.from({ length: 3 }, () => ["auth_failed", "retry"]),
    );
    expect(attempts[0]!.detail).toMatch(why);
    expect(JSON.stringify(attempts)).not.toContain("s&cret");
  }
  // One request for the three of each round.
  expect(t.tokens.requests).toHaveLength(6);
  expect(d.receiver.stats().received).toBe(0);
  t.tokens.answer = {};
  await d.change(t.oauth2());
  await t.dueNow();
  await t.round();
  expect(d.receiver.stats().received).toBe(3);
});

test("a token is a bearer's by any name that token endpoints have for it, and lives for a while whatever they say of its life", async () => {
  const t = await setup();
  const d = await t.destination(t.oauth2());
  const answers = [
    { token_type: "BearerToken" },
    { token_type: "bearer", expires_in: "3600" },
    { token_type: null, expires_in: null },
    { token_type: "", expires_in: 0 },
    { expires_in: -1 },
    { expires_in: "soon" },
  ];
  for (const [n, answer] of answers.entries()) {
    t.tokens.answer = { body: JSON.stringify({ access_token: `t-${n}`, ...answer }) };
    await d.change(t.oauth2());
    await d.send(2);
    await t.round();
  }
  expect(d.shown()).toEqual(answers.flatMap((_, n) => [`Bearer t-${n}`, `Bearer t-${n}`]));
});

test("a token endpoint that doesn't answer holds up no other destination", async () => {
  const t = await setup();
  const gate = new Gate();
  t.tokens.answer = { hold: gate };
  const waiting = await t.destination(t.oauth2());
  const other = await t.destination(null);
  await waiting.send(10);
  await other.send(10);
  t.loop.start();
  await gate.reached;
  await other.receiver.waitFor(10);
  expect(waiting.receiver.stats().received).toBe(0);
  gate.open();
  await waiting.receiver.waitFor(10);
  await t.loop.stop();
  expect(waiting.shown()).toEqual(Array.from({ length: 10 }, () => "Bearer token-1"));
});

test("credentials are not sent to where they may not go any more", async () => {
  const t = await setup();
  const d = await t.destination({ type: "bearer", token: "abc" });
  await d.change({ type: "bearer", token: "abc" }, "http://example.com/");
  await d.send();
  const e = await t.destination(t.oauth2({ tokenUrl: "http://example.com/token" }));
  await e.send();
  await t.round();
  expect(await d.attempts()).toMatchObject([
    { code: "address_refused", detail: expect.stringContaining("Credentials") },
  ]);
  expect(await e.attempts()).toMatchObject([
    { code: "address_refused", detail: expect.stringMatching(/^The token endpoint may not be called\. Credentials/) },
  ]);
});
