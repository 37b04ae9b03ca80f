import { createHmac, hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Queryable } from "../db/pool.ts";
import { findSession, type SignedIn, touchSession } from "../db/session.ts";
import { HeraldError } from "../domain/error.ts";

/**
 * What a browser sends with a call: the cookie of its session, and the signs that the call is from Herald's own pages.
 *
 * The cookie is unguessable, hidden from scripts and not sent from other sites with anything but a link (SameSite=Lax).
 * What changes something needs two more: a header with a token that only a page of the same origin can have read
 * (`GET /v1/session`), and an Origin or Sec-Fetch-Site, where the browser sends one, that says so (OWASP's cheat sheet on
 * CSRF: a token, and Fetch Metadata as a second line).
 */
export const sessionCookie = "herald_session";
export const csrfHeader = "x-herald-csrf";
export const workspaceHeader = "herald-workspace";

const tokenForm = /^[A-Za-z0-9_-]{43}$/;

/** A session's secret: 256 random bits. The database has its SHA-256. */
export const newToken = (): string => randomBytes(32).toString("base64url");
export const digestOf = (token: string): Buffer => hash("sha256", token, "buffer");

/** Made of the session's token, so that nothing has to be stored: who knows one has read it from Herald with the cookie. */
export const csrfTokenOf = (token: string): string =>
  createHmac("sha256", token).update("herald csrf").digest("base64url");

/** What a request says about the browser that it comes from. */
export interface Visit {
  /** The session's secret, as the cookie has it; null: there is none. */
  token: string | null;
  /** Whose session it is; null: nobody's. Throws forbidden where the call changes something and isn't from Herald's pages. */
  session(): Promise<SignedIn | null>;
  /** The header `user-agent`, cut. */
  userAgent: string | null;
  /** Where it was sent to, as `http://127.0.0.1:8484`: for links that lead back, where HERALD_PUBLIC_URL isn't set. */
  origin: string;
  /** From this machine, to this machine, and not through a proxy that says so. */
  local: boolean;
}

/** The cookie of a session; null: there is none. */
export function sessionTokenOf({ headers }: FastifyRequest): string | null {
  return cookieOf(headers.cookie, sessionCookie, tokenForm);
}

/** A cookie's value: the first of that name which has the form. */
export function cookieOf(header: string | undefined, name: string, form: RegExp): string | null {
  for (const part of header?.split(";") ?? []) {
    const mark = part.indexOf("=");
    if (mark < 0 || part.slice(0, mark).trim() !== name) continue;
    const value = part.slice(mark + 1).trim();
    if (form.test(value)) return value;
  }
  return null;
}

const reads = (method: string) => method === "GET" || method === "HEAD";

/** The session of a request, looked up each time: who was removed or signed out is so at once, in every process. */
export async function sessionOf(db: Queryable, request: FastifyRequest): Promise<SignedIn | null> {
  const token = sessionTokenOf(request);
  if (token === null) return null;
  const wanted = request.headers[workspaceHeader];
  const found = await findSession(db, digestOf(token), typeof wanted === "string" && wanted !== "" ? wanted : null);
  // A cookie whose session is over forges nothing, and must not keep anybody from signing in anew.
  if (found && !reads(request.method)) requireCsrfToken(request, token);
  // To the minute, beside the request.
  if (found && Date.now() - found.seenAt.getTime() > 60_000) void touchSession(db, found.id).catch(() => {});
  return found;
}

function requireCsrfToken(request: FastifyRequest, token: string): void {
  const given = Buffer.from(String(request.headers[csrfHeader] ?? ""));
  const wanted = Buffer.from(csrfTokenOf(token));
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new HeraldError(
    "forbidden",
    `This call came with a session's cookie and without its token. Send the csrfToken of GET /v1/session in the header ${csrfHeader}.`,
  );
}

/**
 * Refuses what another site lets a browser send. Browsers say where a call comes from: Sec-Fetch-Site over https and on
 * loopback, Origin everywhere; programs say neither.
 */
export function refuseOtherSites(request: FastifyRequest, publicUrl: string | null): void {
  if (reads(request.method)) return;
  const { origin, "sec-fetch-site": site } = request.headers;
  // As a trusted proxy tells it, if there is one.
  const { host } = request;
  const own =
    site !== undefined
      ? site === "same-origin" || site === "none"
      : origin === undefined ||
        (URL.canParse(origin) &&
          (new URL(origin).host === host || origin === (publicUrl && new URL(publicUrl).origin)));
  if (own) return;
  throw new HeraldError(
    "forbidden",
    "A page of another origin sent this call. Herald takes it from its own pages only; programs use an API key.",
  );
}

const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/;
const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * From this machine and for it. A request that a proxy passed on is none: it may be from anywhere. Nor is one for another
 * name: a stranger's page can let its own name lead to this machine (DNS rebinding).
 */
export function isLocal({ raw, headers }: FastifyRequest): boolean {
  if (!loopbackAddress.test(raw.socket.remoteAddress ?? "")) return false;
  if (!loopbackHost.test(headers.host ?? "")) return false;
  return ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"].every(
    (h) => headers[h] === undefined,
  );
}

export function visitOf(request: FastifyRequest, db: Queryable): Visit {
  const { headers } = request;
  return {
    token: sessionTokenOf(request),
    session: () => sessionOf(db, request),
    userAgent: headers["user-agent"]?.slice(0, 300) ?? null,
    origin: `${request.protocol}://${/^[\w.:[\]-]{1,255}$/.test(request.host) ? request.host : "127.0.0.1"}`,
    local: isLocal(request),
  };
}

/**
 * The header that sets the session's cookie, or (null) takes it away. Lax: a link in an email leads into the dashboard. It
 * lasts in the browser as long as the session can.
 */
export function sessionCookieHeader(token: string | null, publicUrl: string | null, seconds: number): string {
  const secure = publicUrl?.startsWith("https:") ? "; Secure" : "";
  return `${sessionCookie}=${token ?? ""}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${token === null ? 0 : seconds}${secure}`;
}
