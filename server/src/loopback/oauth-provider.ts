import { hash } from "node:crypto";

/** An OAuth 2 provider as CRMs are: codes with PKCE, used once; tokens that end; refresh tokens that are refused once revoked. */

export interface OAuthProviderOptions {
  clientId: string;
  clientSecret: string;
  redirectUri?: string;
  /** Seconds that a token lives. Default 1,800. */
  lifeSeconds?: number;
  /** Whether each refresh token holds once only. Default false. */
  rotates?: boolean;
}

interface Authorization {
  challenge: string;
  redirectUri: string;
  scopes: string[];
}

export type TokenAnswer =
  | { ok: true; accessToken: string; refreshToken: string; expiresIn: number; scopes: string[] }
  | { ok: false; error: string; description: string };

export class OAuthProvider {
  /** How often a refresh token was used, with or without success. */
  refreshes = 0;
  revoked = false;
  private readonly options: OAuthProviderOptions;
  private readonly codes = new Map<string, Authorization>();
  private readonly tokens = new Set<string>();
  private readonly refreshTokens = new Map<string, string[]>();
  private count = 0;

  constructor(options: OAuthProviderOptions) {
    this.options = options;
  }

  /** What a browser gets after somebody has agreed: the address that it is sent to. Throws for an address that the provider would refuse. */
  agree(url: string): string {
    const query = new URL(url).searchParams;
    const [challenge, redirectUri, state] = ["code_challenge", "redirect_uri", "state"].map((name) => query.get(name));
    if (query.get("client_id") !== this.options.clientId) throw new Error("client_id is another one's");
    if (query.get("response_type") !== "code") throw new Error("response_type is not code");
    if (query.get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(challenge ?? ""))
      throw new Error("there is no S256 challenge");
    if (!redirectUri || (this.options.redirectUri ?? redirectUri) !== redirectUri)
      throw new Error(`redirect_uri ${redirectUri} is not registered`);
    if (!state || state.length < 20) throw new Error("there is no state that nobody could guess");
    const code = `code-${++this.count}`;
    this.codes.set(code, { challenge: challenge!, redirectUri, scopes: (query.get("scope") ?? "").split(" ") });
    return `${redirectUri}?${new URLSearchParams({ code, state })}`;
  }

  token(form: URLSearchParams): TokenAnswer {
    const client = form.get("client_id") === this.options.clientId;
    if (!client || form.get("client_secret") !== this.options.clientSecret)
      return refused("invalid_client", "invalid client credentials");
    if (form.get("grant_type") === "authorization_code") {
      const code = form.get("code") ?? "";
      const known = this.codes.get(code);
      this.codes.delete(code);
      const challenge = hash("sha256", form.get("code_verifier") ?? "", "base64url");
      if (!known || known.challenge !== challenge || known.redirectUri !== form.get("redirect_uri"))
        return refused("invalid_grant", "the code was used, has expired, or belongs to another request");
      return this.give(known.scopes);
    }
    if (form.get("grant_type") !== "refresh_token")
      return refused("unsupported_grant_type", "grant type not supported");
    this.refreshes++;
    const token = form.get("refresh_token") ?? "";
    const scopes = this.refreshTokens.get(token);
    if (this.revoked || !scopes) return refused("invalid_grant", "expired access/refresh token");
    if (!this.options.rotates) return this.give(scopes, token);
    this.refreshTokens.delete(token);
    return this.give(scopes);
  }

  private give(scopes: string[], again?: string): TokenAnswer {
    const accessToken = `access-${++this.count}`;
    const refreshToken = again ?? `refresh-${this.count}`;
    this.tokens.add(accessToken);
    this.refreshTokens.set(refreshToken, scopes);
    return { ok: true, accessToken, refreshToken, expiresIn: this.options.lifeSeconds ?? 1_800, scopes };
  }

  holds(token: string): boolean {
    return this.tokens.has(token);
  }

  /** All access tokens end now. */
  expire(): void {
    this.tokens.clear();
  }

  /** Somebody removes the app. */
  revoke(): void {
    this.revoked = true;
    this.tokens.clear();
  }
}

const refused = (error: string, description: string): TokenAnswer => ({ ok: false, error, description });
