import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { findKeyByHash, touchKey } from "../db/api-key.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";
import type { Scope } from "./endpoint.ts";

/** Who calls. */
export interface Caller {
  workspaceId: string;
  keyId: string;
  scopes: ReadonlySet<string>;
}

interface Entry {
  caller: Caller;
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
  private readonly pending = new Map<string, Promise<Caller>>();
  private readonly revoked = new Set<string>();

  constructor(db: Queryable) {
    this.db = db;
  }

  /** The key's owner at once where it is remembered, else from the database. Throws unauthorized. */
  identify(key: string): Caller | Promise<Caller> {
    if (!keyForm.test(key)) {
      throw new HeraldError(
        "unauthorized",
        "This is not an API key of Herald: they begin with hk_live_ and have 51 characters.",
      );
    }
    const digest = hash("sha256", key, "hex");
    const entry = this.known.get(digest);
    if (entry && entry.until > performance.now() && !this.revoked.has(entry.caller.keyId)) return entry.caller;
    let look = this.pending.get(digest);
    if (!look) {
      look = this.lookUp(digest).finally(() => this.pending.delete(digest));
      this.pending.set(digest, look);
    }
    return look;
  }

  private async lookUp(digest: string): Promise<Caller> {
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
    const caller: Caller = { workspaceId: row.workspaceId, keyId: row.id, scopes: new Set(row.scopes) };
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

/** The key that a request carries. Throws unauthorized where there is none. */
export function keyOf(request: FastifyRequest): string {
  const header = request.headers["x-api-key"];
  if (typeof header === "string" && header !== "") return header.trim();
  const authorization = request.headers.authorization;
  if (authorization) {
    const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (bearer) return bearer;
    throw new HeraldError("unauthorized", "The Authorization header has another form than `Bearer hk_live_...`.");
  }
  throw new HeraldError(
    "unauthorized",
    "No API key was given. Send it in the header X-API-Key, or as Authorization: Bearer hk_live_...",
  );
}

/** Throws forbidden where the key may not do this. */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope) || caller.scopes.has("admin")) return;
  const own = [...caller.scopes].join(", ");
  throw new HeraldError("forbidden", `This call needs a key with the scope ${scope}; this key has: ${own}.`);
}
