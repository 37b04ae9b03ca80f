import type { Exchange } from "./exchange.ts";
import { type Post, type Target, targetOf } from "./http-client.ts";

/** Client credentials (RFC 6749, section 4.4), by which Herald gets the tokens that it shows a receiver. */
export interface OAuth2Client {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope?: string | undefined;
  /** Whom the token is for; a parameter of Auth0 and others. */
  audience?: string | undefined;
  /** Where the token endpoint reads ID and secret: the header, or the form. */
  authMethod: "basic" | "body";
}

/** The value of `Authorization`, or why there is none, for people; `unsent`: Herald is stopping. */
export type Authorized = { header: string } | { problem: string } | { unsent: true };

/** A token whose lifetime isn't told is used so long. Milliseconds. */
const unknownLifeMs = 5 * 60_000;
/** So long before its end a token isn't used any more: requests take time, and clocks differ. At most half of its life. */
const marginMs = 30_000;
/** After a failure nobody asks again so soon: what waits fails with the same reason. Below the first retry of a delivery. */
const failedForMs = 3_000;
/** A receiver that refuses each token makes Herald ask for a new one no more often than that. */
const renewalMs = 10_000;

/**
 * The tokens of one destination, in this process. Asked for when one is needed, once for all who need it; kept until
 * shortly before it ends.
 */
export class TokenSource {
  private readonly client: OAuth2Client;
  private readonly target: Target;
  private readonly send: (post: Post) => void;
  private header: string | null = null;
  /** Of `performance.now()`, as the next two. */
  private goodUntil = 0;
  private failedUntil = 0;
  private renewableFrom = 0;
  private problem = "";
  private waiting: ((authorized: Authorized) => void)[] | null = null;

  /** `send`: the client that checks where the request goes. */
  constructor(client: OAuth2Client, send: (post: Post) => void) {
    this.client = client;
    this.send = send;
    this.target = targetOf(new URL(client.tokenUrl));
  }

  /** The header, if there is one that can be used now; null: `whenReady` gets one. */
  get current(): string | null {
    return this.header !== null && performance.now() < this.goodUntil ? this.header : null;
  }

  whenReady(then: (authorized: Authorized) => void): void {
    const header = this.current;
    if (header !== null) then({ header });
    else if (this.waiting) this.waiting.push(then);
    else if (performance.now() < this.failedUntil) then({ problem: this.problem });
    else {
      this.waiting = [then];
      this.fetch();
    }
  }

  /** The receiver refused this header. Whether it is worth a second try: there is another token, or one may be asked for. */
  renew(refused: string): boolean {
    if (this.current !== refused) return true;
    const now = performance.now();
    if (now < this.renewableFrom) return false;
    this.renewableFrom = now + renewalMs;
    this.header = null;
    return true;
  }

  private fetch(): void {
    this.send({
      target: this.target,
      begin: () => ({ headers: this.headers(), body: this.form() }),
      end: (exchange) => this.ended(exchange),
    });
  }

  private headers(): Record<string, string> {
    const { clientId, clientSecret, authMethod } = this.client;
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "Herald/0.1",
    };
    if (authMethod === "body") return headers;
    // Section 2.3.1: each is form-encoded first, since an ID may hold a colon.
    const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    return { ...headers, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }

  private form(): string {
    const { clientId, clientSecret, scope, audience, authMethod } = this.client;
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    if (scope !== undefined) form.set("scope", scope);
    if (audience !== undefined) form.set("audience", audience);
    if (authMethod === "body") {
      form.set("client_id", clientId);
      form.set("client_secret", clientSecret);
    }
    return form.toString();
  }

  private ended(exchange: Exchange | null): void {
    const result = exchange ? readToken(exchange) : null;
    const now = performance.now();
    if (result && "problem" in result) {
      this.problem = `No access token came from the token endpoint: ${result.problem}`;
      this.failedUntil = now + failedForMs;
    } else if (result) {
      this.header = `Bearer ${result.token}`;
      this.goodUntil = now + result.lifeMs - Math.min(marginMs, result.lifeMs / 2);
    }
    const authorized: Authorized = !result
      ? { unsent: true }
      : "problem" in result
        ? { problem: this.problem }
        : { header: `Bearer ${result.token}` };
    const waiting = this.waiting ?? [];
    this.waiting = null;
    for (const then of waiting) then(authorized);
  }
}

const formEncoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);

/** Nothing of the answer but its error code is repeated: an answer that is no error may hold a token. */
function readToken({ statusCode, error, body }: Exchange): { token: string; lifeMs: number } | { problem: string } {
  if (error) return { problem: error.detail };
  let answer: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) answer = parsed as Record<string, unknown>;
  } catch {
    // As an answer without a token.
  }
  const code = typeof answer.error === "string" && /^[\w.-]{1,60}$/.test(answer.error) ? ` (${answer.error})` : "";
  const { access_token: token, token_type: type, expires_in: seconds } = answer;
  // Some say what is wrong under 200.
  if (statusCode === null || statusCode < 200 || statusCode > 299 || (code !== "" && !token)) {
    return { problem: `it answered ${statusCode}${code}. Check tokenUrl, clientId, clientSecret and authMethod.` };
  }
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    return { problem: "its answer is not JSON with a usable access_token." };
  // Apigee calls it BearerToken; some say nothing in so many words.
  if (type && (typeof type !== "string" || !/^bearer(token)?$/i.test(type)))
    return { problem: "its token is not of the type Bearer." };
  const life = Number(seconds);
  return { token, lifeMs: life > 0 && Number.isFinite(life) ? life * 1_000 : unknownLifeMs };
}
