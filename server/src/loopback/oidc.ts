import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An OpenID provider on loopback, as strict as the specifications let one be: OpenID Connect Core 1.0 (code flow), Discovery
 * 1.0, RFC 7636 (PKCE, S256 only) and RFC 9207 (`iss` in the answer). Whoever comes to its authorization endpoint is signed
 * in there as `person`, without a page.
 */
export interface OidcProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Addresses that it sends browsers back to; others are refused. */
  readonly redirectUris: string[];
  /** Who is signed in there; null: refuses (`access_denied`). */
  person: OidcPerson | null;
  /** What is wrong with the next ID tokens. */
  wrong: "nonce" | "issuer" | "audience" | "signature" | "expired" | null;
  /** Whether name and address are told by the userinfo endpoint alone, as some providers do. */
  bareIdToken: boolean;
  /** What was refused so far, in words. */
  readonly refusals: readonly string[];
  close(): Promise<void>;
}

export interface OidcPerson {
  sub: string;
  name?: string;
  email?: string;
  email_verified?: boolean | string;
}

interface Grant {
  redirectUri: string;
  nonce: string;
  challenge: string;
  person: OidcPerson;
}

class Refusal extends Error {}

export async function startOidcProvider(options: { redirectUris?: string[] } = {}): Promise<OidcProvider> {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, OidcPerson>();
  const refusals: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      refusals.push(error.message);
      send(response, error instanceof Refusal ? 400 : 500, {
        ...{ error: "invalid_request", error_description: error.message },
      });
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: OidcProvider = {
    ...{
      issuer,
      clientId: "herald",
      clientSecret: "s3cret:with/odd=letters",
      redirectUris: options.redirectUris ?? [],
    },
    ...{ person: null, wrong: null, bareIdToken: false, refusals },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", issuer);
    switch (`${request.method} ${url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return send(response, 200, description(issuer));
      case "GET /jwks":
        return send(response, 200, {
          keys: [{ ...keys.publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "ES256" }],
        });
      case "GET /authorize":
        return authorize(url.searchParams, response);
      case "POST /token":
        return token(request, await formOf(request), response);
      case "GET /userinfo":
        return userinfo(request, response);
      default:
        throw new Refusal(`There is nothing at ${request.method} ${url.pathname}.`);
    }
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const one = (name: string) => only(query, name);
    if (one("client_id") !== provider.clientId) throw new Refusal("client_id is unknown.");
    const redirectUri = one("redirect_uri");
    // OpenID Connect Core 3.1.2.1: it must be one of those that were registered, letter by letter.
    if (!provider.redirectUris.includes(redirectUri))
      throw new Refusal(`redirect_uri ${redirectUri} isn't registered.`);
    if (one("response_type") !== "code") throw new Refusal("response_type isn't code.");
    const scopes = one("scope").split(" ");
    if (!scopes.includes("openid") || !scopes.includes("email")) throw new Refusal("scope lacks openid or email.");
    if (one("state").length < 16) throw new Refusal("state is too short.");
    if (one("nonce").length < 16) throw new Refusal("nonce is too short.");
    if (one("code_challenge_method") !== "S256") throw new Refusal("code_challenge_method isn't S256.");
    const challenge = one("code_challenge");
    if (!/^[\w-]{43}$/.test(challenge)) throw new Refusal("code_challenge isn't a SHA-256.");
    const back = new URL(redirectUri);
    back.searchParams.set("state", one("state"));
    back.searchParams.set("iss", issuer);
    if (provider.person) {
      const code = randomBytes(16).toString("base64url");
      codes.set(code, { redirectUri, nonce: one("nonce"), challenge, person: provider.person });
      back.searchParams.set("code", code);
    } else back.searchParams.set("error", "access_denied");
    response.writeHead(302, { location: back.href }).end();
  }

  function token(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const wanted = [provider.clientId, provider.clientSecret].map((part) => encodeURIComponent(part)).join(":");
    // RFC 6749, 2.3.1: both are form-encoded before they are joined.
    if (request.headers.authorization !== `Basic ${Buffer.from(wanted).toString("base64")}`)
      throw new Refusal("The client isn't authenticated.");
    if (only(form, "grant_type") !== "authorization_code") throw new Refusal("grant_type isn't authorization_code.");
    const code = only(form, "code");
    const grant = codes.get(code);
    // For one use.
    codes.delete(code);
    if (!grant) throw new Refusal("code is unknown, or was used.");
    if (only(form, "redirect_uri") !== grant.redirectUri) throw new Refusal("redirect_uri is another one.");
    const verifier = only(form, "code_verifier");
    if (createHash("sha256").update(verifier).digest("base64url") !== grant.challenge)
      throw new Refusal("code_verifier doesn't fit code_challenge.");
    const accessToken = randomBytes(16).toString("base64url");
    tokens.set(accessToken, grant.person);
    const id = idToken(grant);
    send(response, 200, { access_token: accessToken, token_type: "Bearer", expires_in: 300, id_token: id });
  }

  function idToken({ nonce, person }: Grant): string {
    const { wrong } = provider;
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: wrong === "issuer" ? "http://127.0.0.1:1" : issuer,
      aud: wrong === "audience" ? "somebody else" : provider.clientId,
      nonce: wrong === "nonce" ? "another" : nonce,
      iat: now - (wrong === "expired" ? 7_200 : 0),
      exp: now + (wrong === "expired" ? -3_600 : 300),
      ...(provider.bareIdToken ? { sub: person.sub } : person),
    };
    return jwt(claims, wrong === "signature" ? stranger.privateKey : keys.privateKey);
  }

  function userinfo(request: IncomingMessage, response: ServerResponse): void {
    const person = tokens.get(/^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (!person) throw new Refusal("The access token is unknown.");
    send(response, 200, person);
  }

  return provider;
}

function description(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** RFC 6749, 3.1: no parameter comes twice. */
function only(query: URLSearchParams, name: string): string {
  const values = query.getAll(name);
  if (values.length !== 1) throw new Refusal(`${name} comes ${values.length} times.`);
  return values[0]!;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? ""))
    throw new Refusal("The body is no form.");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function jwt(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "ES256", typ: "JWT", kid: "1" })}.${part(claims)}`;
  return `${head}.${sign("sha256", Buffer.from(head), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
