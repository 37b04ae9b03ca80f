import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
// @ts-expect-error It has no types of its own, and nothing here needs them.
import express from "express";
import fastify from "fastify";
import { expect, test } from "vitest";
import { eventSample } from "../../server/src/domain/event-samples.ts";
import { formatOf } from "../../server/src/domain/formats.ts";
import {
  type DedupeStore,
  expressHandler,
  fastifyReceiver,
  fetchHandler,
  type HeraldEvent,
  honoHandler,
  memoryDedupe,
  nextHandler,
} from "../src/index.ts";

const secret = formatOf("herald").newSecret();

function webhook(text = "Hi \u{1f44b}") {
  const sample = eventSample("ws_1", "message.sent");
  const data = JSON.stringify({ ...sample.data, content: { subject: null, text } });
  const body = formatOf("herald").body({ ...sample, data });
  return {
    body,
    headers: {
      "content-type": "application/json",
      ...formatOf("herald").sign({ eventId: sample.eventId, body, secrets: [secret], at: new Date() }),
    },
  };
}

interface Rig {
  post(request: {
    body: string;
    headers: Record<string, string>;
  }): Promise<{ status: number; body: { error?: string; duplicate?: true } }>;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<Rig> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return {
    async post(request) {
      const response = await fetch(url, { method: "POST", ...request });
      return { status: response.status, body: (await response.json()) as never };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const overFetch = (handle: (request: Request) => Promise<Response>): Rig => ({
  async post(request) {
    const response = await handle(new Request("http://a.example/hook", { method: "POST", ...request }));
    return { status: response.status, body: (await response.json()) as never };
  },
  close: async () => {},
});

type Options = Parameters<typeof fetchHandler>[0];
const rigs: Record<string, (options: Options) => Promise<Rig>> = {
  "node:http": (options) =>
    listening(createServer((request, response) => void expressHandler(options)(request, response))),
  express: (options) => listening(createServer(express().post("/hook", expressHandler(options)))),
  "next, pages router": (options) =>
    listening(createServer((request, response) => void nextHandler(options)(request, response))),
  "express.raw": (options) =>
    listening(createServer(express().post("/hook", express.raw({ type: "*/*" }), expressHandler(options)))),
  "express.json that keeps the raw body": (options) => {
    const keep = (request: object, _response: unknown, rawBody: Buffer) => void Object.assign(request, { rawBody });
    const app = express()
      .use(express.json({ verify: keep }))
      .post("/hook", expressHandler(options));
    return listening(createServer(app));
  },
  async fastify(options) {
    const app = fastify();
    await app.register(fastifyReceiver({ url: "/hook", ...options }));
    app.post("/other", async (request) => ({ parsed: request.body }));
    await app.ready();
    // Other routes still get parsed bodies.
    const other = await app.inject({ method: "POST", url: "/other", payload: { a: 1 } });
    expect(other.json()).toEqual({ parsed: { a: 1 } });
    return {
      async post({ body, headers }) {
        const response = await app.inject({ method: "POST", url: "/hook", payload: body, headers });
        return { status: response.statusCode, body: response.json() };
      },
      close: async () => await app.close(),
    };
  },
  fetch: async (options) => overFetch(fetchHandler(options)),
  hono: async (options) => overFetch((request) => honoHandler(options)({ req: { raw: request } })),
  "hono behind middleware that reads the body": async (options) =>
    overFetch(async (request) => {
      const bytes = await request.arrayBuffer();
      return await honoHandler(options)({ req: { raw: request, arrayBuffer: async () => bytes } });
    }),
};

test.each(Object.entries(rigs))(
  "%s: verifies the raw body, answers as Herald needs it, and passes over what it had",
  async (_name, open) => {
    const handled: HeraldEvent[] = [];
    const errors: unknown[] = [];
    let broken = false;
    const rig = await open({
      secret,
      dedupe: memoryDedupe(),
      onError: (error) => errors.push(error),
      onEvent: (event) => {
        if (broken) throw new Error("the database's password");
        handled.push(event as HeraldEvent);
      },
    });
    const first = webhook();
    expect((await rig.post(first)).status).toBe(200);
    expect(handled).toEqual([JSON.parse(first.body)]);
    expect(await rig.post(first)).toEqual({ status: 200, body: { received: true, duplicate: true } });
    expect(handled).toHaveLength(1);
    const forged = webhook();
    expect((await rig.post({ ...forged, body: forged.body.replace("Hi", "Ho") })).status).toBe(401);
    // One that failed is done when it comes again.
    broken = true;
    const second = webhook();
    const failed = await rig.post(second);
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).not.toContain("password");
    broken = false;
    expect((await rig.post(second)).body).toEqual({ received: true });
    expect(handled).toHaveLength(2);
    expect(errors).toHaveLength(2);
    await rig.close();
  },
);

test.each(["node:http", "express", "fastify", "fetch"])(
  "%s takes the longest events: a reply in letters of three bytes, and what was visible of it",
  async (name) => {
    const handled: string[] = [];
    const rig = await rigs[name]!({ secret, onEvent: (_, { id }) => handled.push(id) });
    expect((await rig.post(webhook("\u20ac".repeat(500_000)))).status).toBe(200);
    expect(handled).toHaveLength(1);
    await rig.close();
  },
);

test("Fastify asks no parser where there is no body: it isn't signed all the same", async () => {
  const app = fastify();
  await app.register(fastifyReceiver({ url: "/hook", secret, onEvent: () => {} }));
  expect((await app.inject({ method: "POST", url: "/hook" })).statusCode).toBe(401);
  await app.close();
});

test("a connection that ends in mid-body is told and harms nobody, and what is too large is answered 413", async () => {
  let aborted: (error: unknown) => void = () => {};
  const told = new Promise<unknown>((resolve) => {
    aborted = resolve;
  });
  let handler = expressHandler({ secret, onEvent: () => {}, onError: aborted });
  const outcomes: Promise<void>[] = [];
  const server = createServer((request, response) => outcomes.push(handler(request, response)));
  const rig = await listening(server);
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  server.once("request", () => socket.destroy());
  socket.write("POST /hook HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n0123456789");
  expect(await told).toMatchObject({ code: "ECONNRESET" });
  await Promise.all(outcomes);
  handler = expressHandler({ secret, onEvent: () => {}, onError: () => {} });
  const { status, body } = await rig.post({ body: "x".repeat(5_000_001), headers: {} });
  expect([status, body]).toEqual([413, { error: "The body has more than 5000000 bytes." }]);
  await rig.close();
});

test("where express.json() was first, the answer is 500 and the error says why", async () => {
  const errors: Error[] = [];
  const handler = expressHandler({ secret, onEvent: () => {}, onError: (error) => errors.push(error as Error) });
  const rig = await listening(createServer(express().use(express.json()).post("/hook", handler)));
  expect((await rig.post(webhook())).status).toBe(500);
  expect(errors[0]!.message).toMatch(/JSON parser/);
  await rig.close();
});

test("a secret that isn't set, and a store that is away, are 500: Herald tries again", async () => {
  const post = (options: Partial<Options>) =>
    overFetch(fetchHandler({ secret, onEvent: () => {}, onError: () => {}, ...options } as Options)).post(webhook());
  expect((await post({ secret: "" })).status).toBe(500);
  expect((await post({ secret: () => Promise.reject(new Error("vault")) })).status).toBe(500);
  const away: DedupeStore = { claim: () => Promise.reject(new Error("redis")), release: () => {} };
  expect((await post({ dedupe: away })).status).toBe(500);
});

test("an event that comes again while it is being handled is put off, and counts as had once its handler has succeeded", async () => {
  let release: (error?: Error) => void = () => {};
  let calls = 0;
  const handle = fetchHandler({
    secret,
    dedupe: memoryDedupe(),
    onError: () => {},
    onEvent: () => {
      calls += 1;
      return new Promise<void>((resolve, reject) => {
        release = (error) => (error ? reject(error) : resolve());
      });
    },
  });
  const request = webhook();
  const post = async () => (await handle(new Request("http://a.example/", { method: "POST", ...request }))).status;
  const called = async (times: number) => {
    while (calls < times) await new Promise(setImmediate);
  };
  const first = post();
  await called(1);
  // Herald gave up on the first one, and delivers again.
  expect(await post()).toBe(409);
  release(new Error("failed after all"));
  expect(await first).toBe(500);
  const again = post();
  await called(2);
  release();
  expect([await again, await post(), calls]).toEqual([200, 200, 2]);
});

test("a store that can't note that it is done has handled it all the same", async () => {
  const store = { claim: () => true, release: () => {}, done: () => Promise.reject(new Error("redis")) };
  const errors: unknown[] = [];
  const handle = fetchHandler({ secret, dedupe: store, onEvent: () => {}, onError: (error) => errors.push(error) });
  const response = await handle(new Request("http://a.example/", { method: "POST", ...webhook() }));
  expect([response.status, errors.length]).toEqual([200, 1]);
});

test("the memory store forgets the oldest first, what is too old, and claims that were never done", () => {
  const store = memoryDedupe({ most: 2 });
  const had = (id: string) => {
    const claim = store.claim(id);
    if (claim === true) store.done(id);
    return claim;
  };
  expect(["a", "b", "c", "b", "a"].map(had)).toEqual([true, true, true, false, true]);
  const brief = memoryDedupe({ busySeconds: 0 });
  expect([brief.claim("a"), brief.claim("a")]).toEqual([true, true]);
  const forgetful = memoryDedupe({ seconds: 0 });
  expect([forgetful.claim("a"), forgetful.done("a"), forgetful.claim("a")]).toEqual([true, undefined, true]);
});
