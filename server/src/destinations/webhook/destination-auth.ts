import type { OAuth2Client } from "./oauth2-token.ts";

/** What a request to a destination carries as `Authorization`. Stored sealed, as JSON. */
export type DestinationAuth =
  | { type: "basic"; username: string; password: string }
  | { type: "bearer"; token: string }
  | ({ type: "oauth2" } & OAuth2Client);

/** What of it may be read: everything but password, token and client secret. */
export type AuthShown =
  | { type: "basic"; username: string }
  | { type: "bearer" }
  | ({ type: "oauth2" } & Omit<OAuth2Client, "clientSecret">);

export function authShown(auth: DestinationAuth): AuthShown {
  if (auth.type === "basic") return { type: "basic", username: auth.username };
  if (auth.type === "bearer") return { type: "bearer" };
  const { clientSecret: _, ...shown } = auth;
  return shown;
}

/** The header's value; null: it is a token that has to be got first. */
export function fixedAuthorization(auth: DestinationAuth): string | null {
  if (auth.type === "bearer") return `Bearer ${auth.token}`;
  // RFC 7617; names and passwords outside of ASCII as UTF-8.
  if (auth.type === "basic") return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
  return null;
}
