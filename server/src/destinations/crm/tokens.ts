import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type CrmTokenKey, claimCrmToken, failCrmToken, getCrmToken, storeCrmToken } from "../../db/crm-token.ts";
import { outlastOutage, type Queryable } from "../../db/pool.ts";
import type { SecretBox } from "../../domain/seal.ts";
import { CrmError } from "./error.ts";

/** What a CRM gave for an authorization. */
export interface Grant {
  accessToken: string;
  /** Null: there is none, as with client credentials. */
  refreshToken: string | null;
  /** Where the account's API is; null: where it always is. */
  instance: string | null;
  /** Unix milliseconds; null: the CRM doesn't say. */
  expiresAt: number | null;
  /** What may be done with it; null: the CRM doesn't say. */
  scopes: string[] | null;
  /** The account's ID or name, for people. */
  account: string | null;
  /** For whom it was given: another client's grant is none of ours. */
  clientId: string;
}

/** How a client gets its next token. Throws CrmError; `refused` where asking again won't help. */
export type Renew = (known: Grant | null, signal: AbortSignal) => Promise<Grant>;

/** Longer than a renewal may take. Milliseconds, as the next ones. */
const leaseMs = 30_000;
/** So long who renewed waits for a database that is away; what was given is kept beyond it, for the next who asks. */
const keptForMs = 60_000;
/** Who waits for another process looks so often. */
const lookMs = 100;
/** Before its end a token isn't used any more: calls take time, and clocks differ. */
const marginMs = 60_000;
/** After a refusal nobody asks again so soon; new credentials or a new authorization end it. */
const refusedRestMs = 60_000;

export interface TokenOptions {
  db: Queryable;
  box: SecretBox;
  key: CrmTokenKey;
  clientId: string;
  renew: Renew;
}

/**
 * The tokens of one destination. They are in the database, sealed, so that one process renews them however many need one: a
 * refresh token may hold once only. In a process all wait for the same look.
 */
export class CrmTokens {
  private readonly options: TokenOptions;
  private known: { grant: Grant | null; version: number } | null = null;
  private looking: Promise<Grant> | null = null;
  /** Given, but not stored yet: the refresh token before it may not hold any more. */
  private unstored: { grant: Grant; version: number } | null = null;

  constructor(options: TokenOptions) {
    this.options = options;
  }

  /** A token that holds, as far as is known. */
  async current(signal: AbortSignal): Promise<Grant> {
    const known = this.known?.grant;
    if (known && holds(known)) return known;
    return await this.next(null, signal);
  }

  /** Another one: the CRM refused this one. */
  async after(refused: Grant, signal: AbortSignal): Promise<Grant> {
    const other = (grant: Grant) => grant.accessToken !== refused.accessToken;
    const known = this.known?.grant;
    if (known && other(known) && holds(known)) return known;
    // A look that is under way may be for somebody who hasn't seen it refused.
    const found = await this.next(refused, signal);
    return other(found) ? found : await this.next(refused, signal);
  }

  private next(refused: Grant | null, signal: AbortSignal): Promise<Grant> {
    this.looking ??= this.look(refused, signal).finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async look(refused: Grant | null, signal: AbortSignal): Promise<Grant> {
    const { db, key } = this.options;
    await this.store(0);
    const row = await getCrmToken(db, key);
    const stored = this.adopt(row?.sealed ?? null, row?.version ?? 0);
    if (stored && stored.accessToken !== refused?.accessToken && holds(stored)) return stored;
    for (let version = row?.version ?? 0; ; ) {
      const claim = randomUUID();
      const claimed = await claimCrmToken(db, key, version, claim, leaseMs);
      if (claimed.version > version) {
        const grant = this.adopt(claimed.sealed, claimed.version);
        if (grant) return grant;
        version = claimed.version;
        continue;
      }
      if (claimed.mine) return await this.renew(claim, version);
      if (claimed.problem !== null) throw new CrmError("refused", claimed.code ?? "token_refused", claimed.problem);
      await delay(lookMs, undefined, { signal }).catch(() => {
        throw new CrmError(
          "unavailable",
          "token_under_way",
          "Another process is getting a new token. Herald tries again.",
        );
      });
    }
  }

  private async renew(claim: string, version: number): Promise<Grant> {
    const { db, key, renew } = this.options;
    try {
      // By its own clock: the delivery that began it may run out of time, and a refresh token that was used up must not be lost.
      const grant = await renew(this.known?.grant ?? null, AbortSignal.timeout(leaseMs - 5_000));
      this.unstored = { grant, version };
    } catch (error) {
      const refusal = error instanceof CrmError && error.problem === "refused" ? error : null;
      await failCrmToken(
        db,
        key,
        claim,
        refusal && { code: refusal.code, problem: refusal.message, restMs: refusedRestMs },
      );
      // It may have been refused because another renewal, whose claim had ended, was given the next one.
      const later = refusal && (await this.later(version));
      if (later) return later;
      throw error;
    }
    const { grant } = this.unstored;
    await this.store(keptForMs);
    return (await this.later(version)) ?? grant;
  }

  private async later(version: number): Promise<Grant | null> {
    const row = await getCrmToken(this.options.db, this.options.key);
    return row && row.version > version ? this.adopt(row.sealed, row.version) : null;
  }

  /** Stores what was given and isn't stored yet. Where somebody authorized anew since, that counts. */
  private async store(forMs: number): Promise<void> {
    const { db, box, key } = this.options;
    if (this.unstored === null) return;
    const { grant, version } = this.unstored;
    const sealed = sealGrant(box, key, grant);
    await outlastOutage(() => storeCrmToken(db, key, version, sealed), forMs);
    this.unstored = null;
  }

  private adopt(sealed: Buffer | null, version: number): Grant | null {
    const { box, key, clientId } = this.options;
    const grant = sealed && openGrant(box, key, sealed);
    this.known = { grant: grant?.clientId === clientId ? grant : null, version };
    return this.known.grant;
  }
}

const holds = ({ expiresAt }: Grant) => expiresAt === null || expiresAt - marginMs > Date.now();

const ownerOf = ({ workspaceId, destinationId }: CrmTokenKey) => `${workspaceId}/${destinationId}/token`;

export const sealGrant = (box: SecretBox, key: CrmTokenKey, grant: Grant): Buffer =>
  box.seal(JSON.stringify(grant), ownerOf(key));

/** What there is of an authorization; null: nothing. */
export async function knownGrant(db: Queryable, box: SecretBox, key: CrmTokenKey): Promise<Grant | null> {
  const row = await getCrmToken(db, key);
  return row?.sealed ? openGrant(box, key, row.sealed) : null;
}

const openGrant = (box: SecretBox, key: CrmTokenKey, sealed: Buffer): Grant =>
  JSON.parse(box.open(sealed, ownerOf(key))) as Grant;
