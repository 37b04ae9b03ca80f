import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { findKeyByHash, touchKey } from "../db/api-key.ts";
import type { Queryable } from "../db/pool.ts";
import type { SignedIn } from "../db/session.ts";
import { HeraldError } from "../domain/error.ts";
import { rightsOfRole, rightsOfScopes } from "../domain/rights.ts";
import type { Caller, KeyCaller, UserCaller } from "./caller.ts";
import { sessionOf, sessionTokenOf, workspaceHeader } from "./visit.ts";

interface Entry {
  caller: KeyCaller;
  /** Milliseconds of `performance.now()`. */
  until: number;
}

/** How long a key that was revoked elsewhere may still work here. */
const cacheMs = 5_000;
const maxEntries = 10_000;
const keyForm = /^hk_live_[A-Za-z0-9_-]{43}$/;

/**
 * Looks keys up by their SHA-256 (a key has 256 random bits: nothing slower is needed against guessing) and remembers
 * them for a few seconds. What was revoked through this process never works here again.
 */
export class KeyRing {
  private readonly db: Queryable;
  private readonly known = new Map<string, Entry>();
  private readonly pending = new Map<string, Promise<KeyCaller>>();
  private readonly revoked = new Set<string>();

  constructor(db: Queryable) {
    this.db = db;
  }

  /** The key's owner at once where it is remembered, else from the database. Throws unauthorized. */
  identify(key: string): KeyCaller | Promise<KeyCaller> {
    if (!keyForm.test(key)) {
      throw new HeraldError(
        "unauthorized",
        "This is not an API key of Herald: they begin with hk_live_ and have 51 characters.",
      );
    }
    const digest = hash("sha256", key, "hex");
    const entry = this.known.get(digest);
    if (entry && entry.until > performance.now() && !this.revoked.has(entry.caller.id)) return entry.caller;
    let look = this.pending.get(digest);
    if (!look) {
      look = this.lookUp(digest).finally(() => this.pending.delete(digest));
      this.pending.set(digest, look);
    }
    return look;
  }

  private async lookUp(digest: string): Promise<KeyCaller> {
    this.known.delete(digest);
    const row = await findKeyByHash(this.db, Buffer.from(digest, "hex"));
    if (!row) {
      throw new HeraldError(
        "unauthorized",
        "There is no such API key here. It may belong to another Herald, or have been cut off.",
      );
    }
    // Whoever holds the whole key may know that it existed.
    if (row.revokedAt || this.revoked.has(row.id)) {
      throw new HeraldError("unauthorized", "This API key was revoked. Use another one of the workspace.");
    }
    const { id, workspaceId, scopes } = row;
    const caller: KeyCaller = { kind: "key", id, workspaceId, scopes, rights: rightsOfScopes(scopes) };
    if (this.known.size >= maxEntries) this.known.delete(this.known.keys().next().value!);
    this.known.set(digest, { caller, until: performance.now() + cacheMs });
    // At most once a minute, beside the request: `last_used_at` is a help for people, not a record.
    if (!row.lastUsedAt || Date.now() - row.lastUsedAt.getTime() > 60_000) {
      void touchKey(this.db, row.workspaceId, row.id).catch(() => {});
    }
    return caller;
  }

  /** From now on this key doesn't work in this process. */
  forget(keyId: string): void {
    this.revoked.add(keyId);
  }
}

/** The key that a request carries; null: none. */
export function keyOf(request: FastifyRequest): string | null {
  const header = request.headers["x-api-key"];
  if (typeof header === "string" && header !== "") return header.trim();
  const authorization = request.headers.authorization;
  if (!authorization) return null;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer) return bearer;
  throw new HeraldError("unauthorized", "The Authorization header has another form than `Bearer hk_live_...`.");
}

/** Who calls: by a key, or, where a request has none, by the session of a person. */
export class Callers {
  readonly keys: KeyRing;
  private readonly db: Queryable;

  constructor(db: Queryable) {
    this.db = db;
    this.keys = new KeyRing(db);
  }

  /**
   * At once where a key is remembered, which it is on nearly every call by one. Throws unauthorized, and forbidden where a
   * browser's call lacks the signs of Herald's own pages, or names a workspace that the caller isn't in.
   */
  identify(request: FastifyRequest): Caller | Promise<Caller> {
    const key = keyOf(request);
    if (key === null) return this.person(request);
    const caller = this.keys.identify(key);
    const wanted = request.headers[workspaceHeader];
    if (wanted === undefined) return caller;
    return caller instanceof Promise ? caller.then((one) => within(one, wanted)) : within(caller, wanted);
  }

  private async person(request: FastifyRequest): Promise<UserCaller> {
    if (sessionTokenOf(request) === null) {
      throw new HeraldError(
        "unauthorized",
        "No API key was given, and nobody is signed in. Send a key in the header X-API-Key, or as Authorization: Bearer hk_live_...",
      );
    }
    const session = await sessionOf(this.db, request);
    if (!session) throw new HeraldError("unauthorized", "This session is over. Sign in again.");
    const wanted = request.headers[workspaceHeader];
    if (session.workspace === null && wanted !== undefined && wanted !== "") throw notIn(String(wanted));
    return userOf(session);
  }
}

export function userOf({ id, userId, email, name, workspace }: SignedIn): UserCaller {
  return {
    ...{ kind: "user", id: userId, email, name, sessionId: id },
    workspaceId: workspace?.id ?? "",
    role: workspace?.role ?? null,
    rights: workspace ? rightsOfRole(workspace.role) : new Set(),
  };
}

/** A key belongs to one workspace: a call that means another one must not do its work here. */
function within(caller: KeyCaller, wanted: string | string[]): KeyCaller {
  if (wanted === caller.workspaceId || wanted === "") return caller;
  throw new HeraldError(
    "forbidden",
    `This API key belongs to ${caller.workspaceId}; the header ${workspaceHeader} names another workspace. Leave it out.`,
  );
}

/** The same for a workspace that there isn't. */
function notIn(workspaceId: string): HeraldError {
  return new HeraldError(
    "forbidden",
    `You are in no workspace ${workspaceId.slice(0, 60)}. GET /v1/workspaces lists those that you are in.`,
  );
}
