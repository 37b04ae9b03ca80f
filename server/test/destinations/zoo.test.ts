import { afterAll, beforeAll, expect, test } from "vitest";
import { updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import type { Database } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";
import { animals, openZoo, type Zoo, zooStatuses } from "../../src/loopback/receiver-zoo.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, box, makeDestination, makeWorkspace } from "../factories.ts";
import { ca, expired, selfSigned, wrongName } from "./certificates.ts";
import { post } from "./post.ts";

let db: Database;
let close: () => Promise<void>;
let zoo: Zoo;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
  zoo = await openZoo({ expired, selfSigned, wrongName });
});
afterAll(async () => {
  await zoo.close();
  await close();
});

const timeoutMs = 2_500;

/** [the attempt's code, or null for success; the status on record; what its detail or, of a success, the kept body says] */
type Expected = [code: string | null, status: number | null, says?: RegExp | string];

const ok: Expected = [null, 200];
const notHttp = (status: number | null = null): Expected => ["invalid_response", status, /did not answer with HTTP/];
const lost = (status: number | null = null): Expected => [
  ...(["connection_lost", status] as const),
  status === null ? /closed the connection before an answer came/ : /closed the connection before its answer had ended/,
];
const late = (status: number | null = null): Expected => [
  ...(["timeout", status] as const),
  status === null ? /Within 2.5 seconds no answer came/ : /Within 2.5 seconds the answer did not end/,
];
const kept = "x".repeat(16 * 1024);

const expected: Record<string, Expected> = {
  ...Object.fromEntries(
    zooStatuses.map((status): [string, Expected] => [
      `status ${status}`,
      status < 300 ? [null, status] : [`http_${status}`, status, `The receiver answered ${status}`],
    ]),
  ),
  "status 302": ["http_302", 302, /redirects are not followed/],
  "status 401": ["http_401", 401, /another secret, or expect other credentials/],
  "status 999": ["http_999", 999, /no status of HTTP/],
  "status 99": notHttp(),
  "status 1000": notHttp(),
  "HTTP/1.0 with a length": [null, 200, "ok"],
  "HTTP/1.0 until the end": [null, 200, "ok"],
  "HTTP/0.9": notHttp(),
  "HTTP/3.0": notHttp(),
  "ends before the request is read": lost(),
  "resets before the request is read": lost(),
  "ends after the request": lost(),
  "resets after the request": lost(),
  "resets after the headers": lost(200),
  "connection: close": [null, 200, "ok"],
  "resets each second request of a connection": ok,
  "ends each second request of a connection": ok,
  "a length that is too long": lost(200),
  "a length that is too short": [null, 200, "lo"],
  "two answers to one request": ok,
  "two lengths": notHttp(),
  "a length beside chunks": notHttp(),
  "a negative length": notHttp(),
  "a huge length": notHttp(),
  chunks: [null, 200, "ok"],
  "chunks that are garbage": notHttp(200),
  "a chunk larger than any": notHttp(200),
  "unknown transfer coding": late(200),
  "100 KiB of body": [null, 200, kept],
  "60 KiB of body": [null, 200, kept],
  "a body without end": [null, 200, kept],
  "headers without end": notHttp(),
  "a header without end": notHttp(),
  "a status line without end": ["invalid_response", null, /more than 32 KiB/],
  "empty lines without end": notHttp(),
  "a chunk extension without end": ["invalid_response", 200, /line of its chunks is too long/],
  "trailers without end": notHttp(200),
  "informational answers without end": ["invalid_response", null, /Interim answers \(1xx\) come without end/],
  "a long status line": ["http_500", 500],
  "no answer": late(),
  "an answer byte by byte": late(),
  "a body byte by byte": late(200),
  "half of the headers": late(),
  "100 Continue": [null, 200],
  "103 Early Hints": [null, 200, "ok"],
  "101 Switching Protocols": ["invalid_response", null, /another protocol/],
  "an SSH server": notHttp(),
  "a TLS alert": notHttp(),
  "a mail server": notHttp(),
  "NUL bytes": [null, 200, "a\u2400b\u2400c"],
  "a NUL in a header": notHttp(),
  "bytes that are no UTF-8": [null, 200, "\ufffd\ufffd\ufffd("],
  "headers that are no ASCII": ok,
  "a packed body": [null, 200, "(10 bytes, packed by content-encoding: gzip; not unpacked)"],
  "a header named __proto__": ok,
  "a space before the colon": notHttp(),
  "a header that is folded": [null, 200],
  "bare line feeds": notHttp(),
  "a self-signed certificate": ["tls_failed", null, /self-signed certificate$/],
  "an expired certificate": ["tls_failed", null, /certificate has expired$/],
  "a certificate of another name": ["tls_failed", null, /Host: localhost. is not in the cert's altnames/],
};

interface AttemptRow {
  lane_id: string;
  outcome: string;
  code: string | null;
  status_code: number | null;
  detail: string | null;
  duration_ms: number;
  response_body: string | null;
}

test("each misbehaving receiver ends as an attempt with its reason, and a healthy one beside them keeps its pace", async () => {
  expect(Object.keys(expected).sort()).toEqual(animals.map(({ name }) => name).sort());
  const client = new HttpClient({ timeoutMs });
  const errors: unknown[] = [];
  /** Resolves when each animal has been tried, and the healthy one has all that is for it. */
  const { promise: seen, resolve: seeAll } = Promise.withResolvers<void>();
  const tried = new Set<string>();
  let arrived = 0;
  const onAttempt = ({ item: { laneId } }: { item: { laneId: string } }) => {
    if (laneId === healthyId) arrived += 1;
    else tried.add(laneId);
    if (arrived === 200 && tried.size === animals.length) seeAll();
  };
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client, onAttempt }), {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 5_000 },
    onError: (_stage, error) => errors.push(error),
  });
  const workspaceId = await makeWorkspace(db);
  const names = new Map<string, string>();
  for (const [name, url] of zoo.urls) {
    const { id } = await makeDestination(db, workspaceId, { url });
    names.set(id, name);
    // So that nothing is wrong with their certificates but what is meant to be.
    const tls = box.seal(JSON.stringify({ ca }), `${workspaceId}/${id}`);
    if (url.startsWith("https")) await updateDestination(db, workspaceId, id, { tls, tlsShown: {} });
  }
  await recordEvents(db, [anyEvent(workspaceId, 0)]);
  const other = await makeWorkspace(db);
  const { id: healthyId, secret } = await makeDestination(db, other);
  const healthy = await startReceiver({ format: "herald", secret });
  await updateDestination(db, other, healthyId, { url: `${healthy.url}/hook` });
  await recordEvents(
    db,
    Array.from({ length: 200 }, (_, n) => anyEvent(other, n)),
  );

  loop.start();
  await seen;
  await loop.stop();
  expect(errors).toEqual([]);
  const { rows } = await db.query<AttemptRow>("select * from attempt");
  const found: Record<string, Expected> = {};
  const wanted: Record<string, Expected> = {};
  for (const row of rows) {
    const name = names.get(row.lane_id);
    if (name === undefined) continue;
    const [code, status, says] = expected[name]!;
    const said = row.outcome === "succeeded" ? row.response_body : row.detail;
    const matches = says === undefined || (says instanceof RegExp ? says.test(said ?? "") : said?.startsWith(says));
    wanted[name] = [code, status, matches ? (said ?? "") : says];
    found[name] = [row.code, row.status_code, said ?? ""];
    expect(row.outcome, name).toBe(code === null ? "succeeded" : name === "status 410" ? "failed" : "retry");
  }
  expect(found).toEqual(wanted);
  expect(Object.keys(found)).toHaveLength(animals.length);
  const beside = rows.filter((row) => row.lane_id === healthyId);
  expect(beside.map((row) => row.outcome)).toEqual(Array.from({ length: 200 }, () => "succeeded"));
  // Some last as long as the time limit.
  expect(Math.max(...beside.map((row) => row.duration_ms))).toBeLessThan(timeoutMs * 0.6);
  expect(healthy.stats()).toMatchObject({ signaturesValid: 200, distinctEvents: 200 });
  await client.close();
  await healthy.close();
});

test("a request over a kept connection that the receiver had closed goes out once more at once, over a fresh one", async () => {
  const client = new HttpClient({ timeoutMs, connections: 1 });
  for (const name of ["resets each second request of a connection", "ends each second request of a connection"]) {
    const url = new URL(zoo.urls.get(name)!);
    const before = zoo.requests.get(name) ?? 0;
    for (let n = 0; n < 3; n++) expect(await post(client, url)).toMatchObject({ statusCode: 200, error: null });
    // The second and the third arrived twice.
    expect(zoo.requests.get(name)! - before).toBe(5);
  }
  // Never more than once: a fresh connection that ends so is an attempt.
  const url = new URL(zoo.urls.get("resets after the request")!);
  const before = zoo.requests.get("resets after the request")!;
  expect(await post(client, url)).toMatchObject({ error: { code: "connection_lost" } });
  expect(zoo.requests.get("resets after the request")).toBe(before + 1);
  await client.close();
});

test("what comes after an answer's end is never the answer to the next request", async () => {
  const client = new HttpClient({ timeoutMs, connections: 1 });
  for (const name of ["two answers to one request", "a length that is too short"]) {
    const url = new URL(zoo.urls.get(name)!);
    for (let n = 0; n < 3; n++) expect((await post(client, url))!.statusCode).toBe(200);
  }
  await client.close();
});
