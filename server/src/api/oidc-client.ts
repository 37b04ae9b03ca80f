import type * as openid from "openid-client";
import type { OidcConfig } from "../config.ts";

/** Herald's side of OpenID Connect, by `openid-client`, which is loaded when somebody signs in so. */

/** What the way back is compared with. */
export interface OidcFlow {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the browser goes afterwards. */
  to: string;
  /** Unix milliseconds. */
  at: number;
}

export interface OidcClaims {
  issuer: string;
  subject: string;
  email: string | null;
  /** Said by the provider; anything but true counts as no. */
  emailVerified: boolean;
  name: string | null;
}

/** Why a browser isn't signed in, as a word for the page that tells. */
export class OidcRefusal extends Error {
  readonly reason: "denied" | "unverified" | "not_invited" | "failed" | "unavailable";

  constructor(reason: OidcRefusal["reason"], message: string = reason) {
    super(message);
    this.reason = reason;
  }
}

const timeoutSeconds = 10;
/** After so long the provider is asked anew for its description. */
const knownMs = 3_600_000;

export class OidcClient {
  private readonly config: OidcConfig;
  private known: { provider: Promise<Provider>; at: number } | null = null;

  constructor(config: OidcConfig) {
    this.config = config;
  }

  /** Where the browser goes, and what is to be kept until it is back. Throws where the provider can't be reached. */
  async begin(redirectUri: string, to: string): Promise<{ url: string; flow: OidcFlow }> {
    const { library, configuration } = await this.provider();
    const verifier = library.randomPKCECodeVerifier();
    const flow = { state: library.randomState(), nonce: library.randomNonce(), verifier, to, at: Date.now() };
    const url = library.buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: redirectUri, scope: "openid email profile", state: flow.state, nonce: flow.nonce },
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    return { url: url.href, flow };
  }

  /** Who came back. Throws OidcRefusal where the provider or the person said no, and other errors where anything is wrong. */
  async end(redirectUri: string, query: Readonly<Record<string, unknown>>, flow: OidcFlow): Promise<OidcClaims> {
    const { library, configuration } = await this.provider();
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    const tokens = await library
      .authorizationCodeGrant(configuration, url, {
        ...{ expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.verifier },
        idTokenExpected: true,
      })
      .catch((error: unknown) => {
        const said = error instanceof library.AuthorizationResponseError ? error.error : null;
        throw said === "access_denied" ? new OidcRefusal("denied") : error;
      });
    const claims = tokens.claims();
    if (!claims) throw new OidcRefusal("failed", "The provider gave no ID token.");
    const { iss: issuer, sub: subject } = claims;
    // Some tell the address by their userinfo endpoint alone.
    const told =
      claims.email === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined
        ? await library.fetchUserInfo(configuration, tokens.access_token, subject)
        : claims;
    return {
      ...{ issuer, subject, emailVerified: told.email_verified === true },
      email: typeof told.email === "string" ? told.email : null,
      name: typeof told.name === "string" ? told.name : null,
    };
  }

  private async provider(): Promise<Provider> {
    if (!this.known || Date.now() - this.known.at > knownMs) {
      const provider = discover(this.config);
      this.known = { provider, at: Date.now() };
      // The next one asks again.
      provider.catch(() => {
        if (this.known?.provider === provider) this.known = null;
      });
    }
    return await this.known.provider;
  }
}

interface Provider {
  library: typeof openid;
  configuration: openid.Configuration;
}

async function discover({ issuer, clientId, clientSecret }: OidcConfig): Promise<Provider> {
  const library = await import("openid-client");
  const insecure = issuer.startsWith("http:");
  const found = await library.discovery(new URL(issuer), clientId, undefined, library.None(), {
    timeout: timeoutSeconds,
    ...(insecure && { execute: [library.allowInsecureRequests] }),
  });
  const metadata = found.serverMetadata();
  // OpenID Connect Discovery 1.0, 3: what is left out is client_secret_basic.
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const secretly = methods.includes("client_secret_basic") ? library.ClientSecretBasic : library.ClientSecretPost;
  const configuration = new library.Configuration(
    ...([metadata, clientId, clientSecret ?? undefined] as const),
    clientSecret === null ? library.None() : secretly(clientSecret),
  );
  configuration.timeout = timeoutSeconds;
  if (insecure) library.allowInsecureRequests(configuration);
  // An ID token that comes over TLS needn't have its signature checked; it costs nothing to do it all the same.
  library.enableNonRepudiationChecks(configuration);
  return { library, configuration };
}
