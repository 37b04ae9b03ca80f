import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault, Faults } from "./faults.ts";

/** The HTTP side of a fake provider: reads requests, plays faults, writes answers. Listens on 127.0.0.1 only. */

export interface LoopbackRequest {
  method: string;
  /** Without the query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface LoopbackAnswer {
  status: number;
  /** A string goes out as it is, anything else as JSON. */
  body: unknown;
  headers?: Record<string, string>;
}

export interface LoopbackServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  /** Ends all connections, also those of held requests. */
  close(): Promise<void>;
}

export interface LoopbackSettings {
  /** 0, the default, takes any free port. */
  port?: number | undefined;
  /** How long each answer takes, in milliseconds. Default 0. */
  latencyMs?: number | undefined;
  faults: Faults;
  arrivals: { readonly messages: readonly unknown[]; counts(): ReadonlyMap<string, number> };
  handle(request: LoopbackRequest): LoopbackAnswer | Promise<LoopbackAnswer>;
}

const maxBodyBytes = 1 << 20;

export async function listen(settings: LoopbackSettings): Promise<LoopbackServer> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) incoming.destroy();
      else chunks.push(chunk);
    });
    incoming.on("error", () => {});
    incoming.on("end", () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      serve(settings, requestOf(incoming, body), response).catch((error: unknown) => {
        write(response, { status: 500, body: `loopback: ${String(error)}` });
      });
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(settings.port ?? 0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
}

function requestOf(incoming: IncomingMessage, body: Buffer): LoopbackRequest {
  const url = incoming.url ?? "/";
  const mark = url.indexOf("?");
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    headers: incoming.headers,
    body,
  };
}

async function serve(settings: LoopbackSettings, request: LoopbackRequest, response: ServerResponse): Promise<void> {
  if (request.path.startsWith("/_loopback/")) return write(response, ownState(settings.arrivals, request.path));
  const fault = settings.faults.take(() => ({ ...request, body: request.body.toString() }));
  if (fault) return misbehave(settings, fault, request, response);
  const handled = settings.handle(request);
  const answer = handled instanceof Promise ? await handled : handled;
  if (settings.latencyMs) await delay(settings.latencyMs);
  write(response, answer);
}

/** The state, readable over HTTP where the server runs in a process of its own. */
function ownState(arrivals: LoopbackSettings["arrivals"], path: string): LoopbackAnswer {
  if (path === "/_loopback/messages") return { status: 200, body: arrivals.messages };
  if (path === "/_loopback/count") {
    return { status: 200, body: { count: arrivals.messages.length, distinct: arrivals.counts().size } };
  }
  return { status: 404, body: { error: "There are /_loopback/messages and /_loopback/count." } };
}

async function misbehave(
  settings: LoopbackSettings,
  fault: Fault,
  request: LoopbackRequest,
  response: ServerResponse,
): Promise<void> {
  switch (fault.kind) {
    case "answer":
      if (fault.processed) await settings.handle(request);
      return write(response, fault);
    case "reset":
      if (fault.when !== "before") await settings.handle(fault.when === "half" ? halved(request) : request);
      response.socket?.resetAndDestroy();
      return;
    case "cut":
      return cut(response, await settings.handle(request));
    case "hold": {
      if (fault.when === "before") await fault.gate.pass();
      const answer = await settings.handle(request);
      if (fault.when === "after") await fault.gate.pass();
      return write(response, answer);
    }
  }
}

/** A batch without its second half. */
function halved(request: LoopbackRequest): LoopbackRequest {
  const body = JSON.parse(request.body.toString()) as Record<string, unknown>;
  for (const [name, value] of Object.entries(body))
    if (Array.isArray(value)) body[name] = value.slice(0, Math.ceil(value.length / 2));
  return { ...request, body: Buffer.from(JSON.stringify(body)) };
}

const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

function headOf(answer: LoopbackAnswer, text: string): Record<string, string | number> {
  return {
    "content-type": typeof answer.body === "string" ? "text/html" : "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...answer.headers,
  };
}

function write(response: ServerResponse, answer: LoopbackAnswer): void {
  const text = textOf(answer.body);
  response.writeHead(answer.status, headOf(answer, text));
  response.end(text);
}

function cut(response: ServerResponse, answer: LoopbackAnswer): void {
  const text = textOf(answer.body);
  response.writeHead(answer.status, headOf(answer, text));
  // Ended, not reset: a reset could overtake the bytes that were written and take the head away with it.
  response.write(text.slice(0, text.length / 2), () => response.socket?.end());
}
