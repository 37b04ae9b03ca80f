import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Method } from "./endpoint.ts";

/** A call of the API from within it. */
export interface InnerCall {
  method?: Method;
  /** With its query. */
  path: string;
  body?: unknown;
  idempotencyKey?: string;
}

export interface InnerAnswer {
  status: number;
  /** Parsed JSON; null where there is no body. */
  body: unknown;
}

/** What says who calls. A call from within has the rights of the request that it is for, and none of its own. */
const credentials = [
  "x-api-key",
  "authorization",
  "cookie",
  "x-herald-csrf",
  "herald-workspace",
  "origin",
  "sec-fetch-site",
  "host",
] as const;

/**
 * Performs a call as if the caller of `request` had made it: authentication, rights, validation, idempotency and the audit
 * trail are those of any request.
 */
export async function performAs(
  app: FastifyInstance,
  request: FastifyRequest,
  { method = "POST", path, body, idempotencyKey }: InnerCall,
): Promise<InnerAnswer> {
  const headers: Record<string, string> = { "x-request-id": request.id };
  for (const name of credentials) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  if (body !== undefined) headers["content-type"] = "application/json";
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  const response = await app.inject({
    ...{ method, url: path, headers, remoteAddress: request.ip },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  return { status: response.statusCode, body: response.body === "" ? null : (JSON.parse(response.body) as unknown) };
}
