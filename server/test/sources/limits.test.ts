import { once } from "node:events";
import { connect } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SourceDesk } from "../../src/api/source-desk.ts";
import { makeEngine, makeLead, makeSender } from "../factories.ts";
import { hmac, sourceApi } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let port: number;
beforeAll(async () => {
  given = await sourceApi();
  await given.api.app.listen({ host: "127.0.0.1", port: 0 });
  port = (given.api.app.server.address() as { port: number }).port;
});
afterAll(() => given.close());

const reply = (eventId: string, linkedinUrl: string, text: string) => ({
  ...{ eventId, eventType: "reply.received", timestamp: "2026-01-05T09:30:00.000Z", workspaceId: "w" },
  data: { leadId: "l", campaignId: null, linkedinUrl, senderId: "s", reply: text },
});

/** Sends the head of a request that announces a body, and answers what comes back before any of the body is sent. */
async function headOnly(path: string, length: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
    );
    const [first] = (await once(socket, "data")) as [Buffer];
    return first.toString("utf8").split("\r\n")[0]!;
  } finally {
    socket.destroy();
  }
}

test("what is too large, and what is sent to addresses that nobody has, is answered before a byte of it is read", async () => {
  const source = await given.create("apten");
  expect(await headOnly(source.path, 1024 * 1024 + 1)).toMatch(/ 413 /);
  expect(await headOnly(`/in/${"A".repeat(32)}`, 1024 * 1024)).toMatch(/ 404 /);
  const body = Buffer.alloc(1024 * 1024 + 1, " ");
  const unannounced = { method: "POST", body: new Blob([body]).stream(), duplex: "half" } as const;
  expect((await fetch(`http://127.0.0.1:${port}${source.path}`, unannounced)).status).toBe(413);
  expect((await given.call("GET", `/v1/sources/${source.id}`)).body.requests).toMatchObject({ too_large: 2 });
  await given.call("PATCH", `/v1/sources/${source.id}`, { body: { status: "disabled" } });
  expect(await headOnly(source.path, 1024 * 1024)).toMatch(/ 403 /);
});

test("addresses that are guessed at the same time cost one look-up together, and those of no form none", async () => {
  const { db } = given.api.context;
  const real = db.query.bind(db);
  const asked: string[] = [];
  db.query = ((text: unknown, values: unknown[]) => {
    asked.push((text as { name?: string }).name ?? "");
    return real(text as string, values);
  }) as typeof db.query;
  try {
    const guesses = Array.from({ length: 100 }, (_, n) => `/in/${String(n).padStart(32, "0")}`);
    const answers = await Promise.all(guesses.map((path) => given.call("POST", path, { body: "{}", key: null })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    const lookUps = asked.filter((name) => name === "source.by_tokens").length;
    expect(lookUps).toBeGreaterThan(0);
    expect(lookUps).toBeLessThan(20);
    asked.length = 0;
    expect(await given.call("POST", "/in/short", { body: "{}", key: null })).toMatchObject({ status: 404 });
    expect(asked).toEqual([]);
  } finally {
    db.query = real as typeof db.query;
  }
});

test.each<[string, (body: string) => Buffer]>([
  ["gzip", gzipSync],
  ["X-GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
])(
  "a body that is packed (%s) is read, whether its signature is of what was written or of what was sent",
  async (encoding, pack) => {
    const source = await given.create("apten");
    const send = async (body: Buffer, signature: string) => {
      const { headers } = given.signed(source, "");
      const all = { ...headers, "content-encoding": encoding, "x-signature-sha256": signature };
      return (await given.call("POST", source.path, { body, headers: all, key: null })).status;
    };
    const [written, sent, other] = [1, 2, 3].map((n) => `{"event":"webchat.started","data":{"n":${n}}}`) as [
      string,
      string,
      string,
    ];
    expect(await send(pack(written), hmac(source.secret, written))).toBe(200);
    expect(await send(pack(sent), hmac(source.secret, pack(sent)))).toBe(200);
    expect(await send(pack(other), hmac(source.secret, written))).toBe(401);
    expect((await given.received(source)).map(({ body }) => body)).toEqual([sent, written]);
    expect((await given.call("GET", `/v1/sources/${source.id}`)).body.requests).toMatchObject({
      accepted: 2,
      wrong_signature: 1,
    });
  },
);

test("what unpacks to more than a body may have is refused; what can't be unpacked counts as it came, and is signed or refused", async () => {
  const source = await given.create("apten");
  const send = async (body: Buffer, encoding: string, key = source.secret) => {
    const headers = { "content-encoding": encoding, "x-signature-sha256": hmac(key, body) };
    return (await given.call("POST", source.path, { body, headers, key: null })).status;
  };
  const bomb = gzipSync(Buffer.alloc(1024 * 1024 + 1, " "));
  expect(await send(bomb, "gzip")).toBe(413);
  const damaged = gzipSync("{}").subarray(0, 12);
  expect(await send(damaged, "gzip", "of somebody else")).toBe(401);
  expect(await send(Buffer.from("{}"), "gzip, gzip", "of somebody else")).toBe(401);
  expect((await given.call("GET", `/v1/sources/${source.id}`)).body.requests).toMatchObject({
    ...{ wrong_signature: 2, too_large: 1 },
  });
  expect(await send(damaged, "gzip")).toBe(200);
  await given.drain();
  expect(await given.received(source)).toMatchObject([{ status: "unknown" }]);
});

test("what is nested too deep, no UTF-8, or says a key twice is kept as it came", async () => {
  const source = await given.create("apten");
  const deep = `{"event":"leadTagged","data":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`;
  const twice =
    '{"event":"leadTagged","event":"message.received","data":{"phone":"+12025550170","channel":"sms","content":{"text":"1"}},"data":{"phone":"+12025550170","channel":"sms","content":{"text":"2"}},"timestamp":"2026-01-05T09:30:00Z"}';
  await given.tell(source, deep, twice);
  const kept = await given.received(source);
  expect(kept).toMatchObject([
    { type: "message.received", status: "processed", body: twice },
    { status: "unknown", detail: expect.stringContaining("64 levels"), body: deep },
  ]);
  // The last one counts, as everywhere else.
  const { body: message } = await given.call("GET", `/v1/messages/${kept[0]!.messageId}`);
  expect(message.text).toBe("2");
  expect(given.errors).toEqual([]);
});

test("one item that can't be processed takes no other with it, and each of the others is done once", async () => {
  const source = await given.create("sendpilot");
  const url = "https://www.linkedin.com/in/one-bad";
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: url });
  await given.db.query(
    `alter table message add constraint no_poison check (text <> 'poison' or workspace_id <> '${given.workspaceId}')`,
  );
  try {
    for (let n = 0; n < 30; n++) {
      await given.post(
        given.signed(source, reply(`evt_bad_${n}`, n % 2 === 0 ? url : `${url}-${n}`, n === 12 ? "poison" : `${n}`)),
      );
    }
    await given.drain();
  } finally {
    await given.db.query("alter table message drop constraint no_poison");
  }
  const texts = (await given.messages(leadId)).map(({ text }: { text: string }) => text);
  expect(texts).toEqual(["0", "2", "4", "6", "8", "10", "14", "16", "18", "20", "22", "24", "26", "28"]);
  // Once, or again a second later.
  expect([...new Set(given.errors.splice(0))]).toEqual([expect.stringContaining("no_poison")]);
  expect(await given.received(source, "waiting")).toMatchObject([{ detail: expect.stringContaining("no_poison") }]);
});

test("a source that floods holds up neither another one nor what Herald sends", async () => {
  const flood = await given.create("sendpilot");
  const quiet = await given.create("apten");
  const data = { phone: "+12025550171", channel: "sms", profile: "P", content: { text: "Me too" } };
  const count = 3_000;
  await given.db.query(
    `insert into received (workspace_id, id, source_id, delivery_id, body)
     select $1, 'rcv_flood_' || lpad(n::text, 6, '0'), $2, 'evt_flood_' || n, convert_to(replace($3, '@', n::text), 'UTF8')
     from generate_series(1, $4::int) n`,
    [
      ...[given.workspaceId, flood.id],
      ...[JSON.stringify(reply("evt_flood_@", "https://www.linkedin.com/in/flood-@", "@")), count],
    ],
  );
  const waiting = async () =>
    (
      await given.db.query<{ n: number }>(
        "select count(*)::int as n from received where source_id = $1 and status = 'waiting'",
        [flood.id],
      )
    ).rows[0]!.n;
  const engine = await makeEngine(given.db);
  await makeSender(given.db, given.workspaceId, "sms");
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550172" });
  const processor = given.newProcessor();
  processor.start();
  engine.messages.start();
  try {
    const sent = sendThrough(engine, leadId);
    await expect.poll(waiting, { interval: 5 }).toBeLessThan(count);
    expect(
      await given.post(given.signed(quiet, { event: "message.received", data, timestamp: "2026-01-05T09:30:00Z" })),
    ).toMatchObject({ status: 200 });
    processor.wake();
    await expect.poll(async () => (await given.received(quiet))[0]?.status, { interval: 5 }).toBe("processed");
    await sent;
    // Of the flood only a few turns were in between; by what is on record, as this test may be held up itself.
    const { rows } = await given.db.query<{ n: number }>(
      `select count(*)::int as n from received f join received q on q.source_id = $2
       where f.source_id = $1 and f.processed_at between q.received_at and q.processed_at`,
      [flood.id, quiet.id],
    );
    expect(rows[0]!.n).toBeLessThan(count / 2);
  } finally {
    await processor.stop();
    await engine.stop();
  }
});

/** Resolves when a message has gone out. */
async function sendThrough(engine: Awaited<ReturnType<typeof makeEngine>>, leadId: string): Promise<void> {
  const { messageId } = await engine.desk.submit(
    {
      ...{ workspaceId: given.workspaceId, leadId, channel: "sms", action: "message", senderId: null, subject: null },
      ...{ text: "Hello", html: null, scheduledAt: null, source: "api" },
    },
    null,
  );
  const status = async () => (await given.call("GET", `/v1/messages/${messageId}`)).body.status;
  await expect.poll(status, { timeout: 120_000, interval: 10 }).toBe("sent");
}

test("while the database is held up a request is answered 503 within a second, and sent again it is kept once", async () => {
  const source = await given.create("apten");
  given.api.context.sourceDesk = new SourceDesk(given.db);
  const request = given.signed(source, { event: "leadTagged", data: { phone: "+12025550173", tag: "x" } });
  const holder = await given.db.connect();
  try {
    for (const table of ["received", "source"]) {
      await holder.query("begin");
      await holder.query(`lock table ${table} in access exclusive mode`);
      let took = Number.POSITIVE_INFINITY;
      // A machine that was busy elsewhere for a moment is asked again.
      for (let n = 0; n < 3 && took >= 1_000; n++) {
        const began = performance.now();
        const answer = await given.post(request);
        took = performance.now() - began;
        expect(answer).toMatchObject({
          status: 503,
          headers: { "retry-after": "2" },
          body: { code: "database_unavailable" },
        });
      }
      expect(took).toBeLessThan(1_000);
      await holder.query("commit");
    }
  } finally {
    await holder.end();
  }
  await expect.poll(async () => (await given.post(request)).status).toBe(200);
  expect(await given.received(source)).toHaveLength(1);
});
