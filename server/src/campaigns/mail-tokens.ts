import { setTimeout as sleep } from "node:timers/promises";
import type { AccessTokens, TokenOwner } from "../channels/email/access-tokens.ts";
import { basisOf, type MailOAuth2, refreshTokens, TokenFailure } from "../channels/email/oauth2.ts";
import {
  beginAsking,
  currentToken,
  endAsking,
  forgetToken,
  keepToken,
  type StoredToken,
  type TokenKey,
} from "../db/access-token.ts";
import { type Database, outlastOutage } from "../db/pool.ts";
import type { SecretBox } from "../domain/seal.ts";

/** Milliseconds: as `marginSeconds` of the table. */
const marginMs = 60_000;
/** So long what was given is kept while the database is away: the refresh token before it may not hold any more. */
const keptForMs = 60_000;
/** Between looks for the token that another process asks for. */
const lookMs = 100;

interface Known {
  token: string;
  tokenNo: number;
  /** Unix milliseconds. */
  goodUntil: number;
}

/**
 * The access tokens of senders. One is asked for once for all that need it: in this process they wait for the same promise, and
 * among processes for the one that has noted that it asks. A token endpoint is called in no transaction.
 */
export class MailTokens implements AccessTokens {
  private readonly db: Database;
  private readonly box: SecretBox;
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<Known>>();

  constructor({ db, box }: { db: Database; box: SecretBox }) {
    this.db = db;
    this.box = box;
  }

  async get(owner: TokenOwner, of: MailOAuth2, signal: AbortSignal): Promise<string> {
    const key = { ...owner, basis: basisOf(of) };
    const name = nameOf(key);
    const known = this.known.get(name);
    if (known && known.goodUntil > Date.now() + marginMs) return known.token;
    let asking = this.asking.get(name);
    if (!asking) {
      // Its own deadline: whoever waits may give up earlier, and the others get the token all the same.
      asking = this.find(key, of, AbortSignal.timeout(25_000)).finally(() => this.asking.delete(name));
      this.asking.set(name, asking);
    }
    const given = Promise.withResolvers<never>();
    const abort = () => given.reject(new TokenFailure("token_unavailable", "No access token came in time."));
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return (await Promise.race([asking, given.promise])).token;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async refused(owner: TokenOwner, of: MailOAuth2, token: string): Promise<void> {
    const key = { ...owner, basis: basisOf(of) };
    const known = this.known.get(nameOf(key));
    if (known?.token !== token) return;
    this.known.delete(nameOf(key));
    await forgetToken(this.db, key, known.tokenNo);
  }

  private async find(key: TokenKey, of: MailOAuth2, signal: AbortSignal): Promise<Known> {
    for (;;) {
      const stored = await currentToken(this.db, key);
      if (stored) return this.remember(key, stored);
      const turn = await beginAsking(this.db, key);
      if (turn) return this.remember(key, await this.ask(key, of, turn.refreshToken, signal));
      if (signal.aborted) throw new TokenFailure("token_unavailable", "Another process didn't get an access token.");
      await sleep(lookMs);
    }
  }

  private async ask(key: TokenKey, of: MailOAuth2, sealed: Buffer | null, signal: AbortSignal): Promise<StoredToken> {
    const owner = ownerOf(key);
    try {
      const refresh = sealed ? this.box.open(sealed, owner) : of.refreshToken;
      const { accessToken, refreshToken, lifeMs } = await refreshTokens(of, refresh, signal);
      const given = {
        token: this.box.seal(accessToken, owner),
        refreshToken: refreshToken === null ? null : this.box.seal(refreshToken, owner),
        // A life below the margin would be no life at all.
        lifeMs: Math.max(lifeMs, 2 * marginMs),
      };
      return await outlastOutage(() => keepToken(this.db, key, given), keptForMs);
    } catch (error) {
      await endAsking(this.db, key).catch(() => {});
      throw error;
    }
  }

  private remember(key: TokenKey, { token, tokenNo, goodUntil }: StoredToken): Known {
    const known = { token: this.box.open(token, ownerOf(key)), tokenNo, goodUntil: goodUntil.getTime() };
    this.known.set(nameOf(key), known);
    return known;
  }
}

const nameOf = ({ workspaceId, senderId, basis }: TokenKey) => `${workspaceId}/${senderId}/${basis}`;
const ownerOf = ({ workspaceId, senderId }: TokenKey) => `${workspaceId}/${senderId}`;
