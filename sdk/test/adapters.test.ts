import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
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
  "express.raw": (options) =>
    listening(createServer(express().post("/hook", express.raw({ type: "*/*" }), expressHandler(options)))),
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

test("the memory store forgets the oldest first, and what is too old", () => {
  const store = memoryDedupe({ most: 2 });
  expect([store.claim("a"), store.claim("b"), store.claim("c"), store.claim("b"), store.claim("a")]).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
  expect([memoryDedupe({ seconds: 0 })].map((each) => [each.claim("a"), each.claim("a")])).toEqual([[true, true]]);
});
