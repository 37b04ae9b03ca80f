import { createServer } from "node:http";
import { expressHandler, fetchHandler, verify } from "@herald/sdk";

/**
 * The package's receivers on the runtime that runs this file, by HTTP: all signatures, and what must be refused. Ends with a
 * status of 1 and what is wrong. Signs with Web Crypto itself, so that a mistake of the package's is not its own judge.
 */
const encoder = new TextEncoder();
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
async function hmac(key, text) {
  const how = { name: "HMAC", hash: "SHA-256" };
  return await crypto.subtle.sign("HMAC", await crypto.subtle.importKey("raw", key, how, false, ["sign"]), encoder.encode(text));
}

const bytes = crypto.getRandomValues(new Uint8Array(32));
const secret = `whsec_${base64(bytes)}`;
const plain = "a-secret-of-forty-characters-0123456789ab";
const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
const publicKey = `whpk_${base64(await crypto.subtle.exportKey("raw", pair.publicKey))}`;
const now = () => Math.floor(Date.now() / 1_000);
const event = (eventType) => ({
  ...{ eventId: "evt_1767605400000_abc123def", eventType, timestamp: "2026-01-05T09:30:00.000Z", workspaceId: "ws_1" },
  data: { leadId: "lead_1", text: "Grüße 👋" },
});
const standard = async (body, at, sign) => ({
  ...{ "webhook-id": "evt_1767605400000_abc123def", "webhook-timestamp": String(at) },
  "webhook-signature": await sign(`evt_1767605400000_abc123def.${at}.${body}`),
});

const schemes = {
  herald: {
    options: { secret },
    body: JSON.stringify(event("message.sent")),
    headers: (body, at) => standard(body, at, async (text) => `v1,${base64(await hmac(bytes, text))}`),
  },
  ed25519: {
    options: { secret: publicKey },
    body: JSON.stringify(event("message.sent")),
    headers: (body, at) =>
      standard(body, at, async (text) => {
        return `v1a,${base64(await crypto.subtle.sign("Ed25519", pair.privateKey, encoder.encode(text)))}`;
      }),
  },
  sendpilot: {
    options: { secret: plain, format: "sendpilot" },
    body: JSON.stringify(event("reply.received")),
    headers: async (body, at) => ({
      "webhook-signature": `t=${at},s=${hex(await hmac(encoder.encode(plain), `${at}.${body}`))}`,
    }),
  },
  apten: {
    options: { secret: plain, format: "apten" },
    body: JSON.stringify({ event: "leadTagged", data: { leadId: "1", tag: "é" }, timestamp: "2026-01-05T09:30:00Z" }),
    headers: async (body) => ({ "x-signature-sha256": hex(await hmac(encoder.encode(plain), body)) }),
  },
};

const runtime = globalThis.Bun ? `Bun ${Bun.version}` : globalThis.Deno ? `Deno ${Deno.version.deno}` : `Node ${process.version}`;
const wrong = [];
const same = (what, is, should) => {
  if (JSON.stringify(is) !== JSON.stringify(should)) wrong.push(`${what}: ${JSON.stringify(is)} in place of ${JSON.stringify(should)}`);
};

/** A server of the runtime's own, where it has one. */
async function serveFetch(handler) {
  if (globalThis.Bun) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
    return { port: server.port, close: () => server.stop(true) };
  }
  if (globalThis.Deno) {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
    return { port: server.addr.port, close: () => server.shutdown() };
  }
  return await serveNode(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const answer = await handler(new Request("http://localhost/", { method: "POST", headers: request.headers, body: Buffer.concat(parts) }));
    response.writeHead(answer.status).end(await answer.text());
  });
}
async function serveNode(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, close: () => server.close() };
}

for (const [name, { options, body, headers }] of Object.entries(schemes)) {
  const seen = [];
  const receives = { ...options, onEvent: (received) => void seen.push(received), onError: () => {} };
  const stale = name !== "apten";
  for (const [adapter, server] of [
    ["fetchHandler", await serveFetch(fetchHandler(receives))],
    ["expressHandler", await serveNode(expressHandler(receives))],
  ]) {
    const post = async (given, text = body) => {
      const request = { method: "POST", headers: { "content-type": "application/json", ...given }, body: text };
      const answer = await fetch(`http://127.0.0.1:${server.port}/`, request);
      await answer.text();
      return answer.status;
    };
    const good = await headers(body, now());
    same(`${name}, ${adapter}, signed`, await post(good), 200);
    same(`${name}, ${adapter}, another body`, await post(good, `${body} `), 401);
    same(`${name}, ${adapter}, unsigned`, await post({}), 401);
    if (stale) same(`${name}, ${adapter}, stale`, await post(await headers(body, now() - 400)), 401);
    await server.close();
  }
  same(`${name}, events`, seen, [JSON.parse(body), JSON.parse(body)]);
  const verified = await verify({ headers: new Headers(await headers(body, now())), body }, options.secret, options);
  same(`${name}, verify`, verified.event, JSON.parse(body));
}
console.log(wrong.length === 0 ? `ok: receivers on ${runtime}` : `${runtime}\n${wrong.join("\n")}`);
process.exit(wrong.length === 0 ? 0 : 1);
