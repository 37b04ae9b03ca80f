import { z } from "zod";
import { authShown, type DestinationAuth } from "../destinations/webhook/destination-auth.ts";
import { checkTls, type TlsSettings } from "../destinations/webhook/tls-identity.ts";
import { checkDestinationUrl } from "../destinations/webhook/url-check.ts";
import { HeraldError } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { invalid } from "./validate.ts";

/** How a destination shows who Herald is, beside the signature: credentials, and TLS. */

const visible = /^[\x21-\x7e]+$/;
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, "This must have no control characters.");

const basicInput = z.strictObject({
  type: z.literal("basic"),
  username: text(1_000).regex(/^[^:]*$/, "A user name must have no colon: it ends there."),
  password: text(1_000),
});
const bearerInput = z.strictObject({
  type: z.literal("bearer"),
  token: z
    .string()
    .min(1)
    .max(8_000)
    .regex(visible, "A token has visible ASCII characters only, without spaces (give it without `Bearer`)."),
});
const oauth2Input = z.strictObject({
  type: z.literal("oauth2"),
  tokenUrl: z.string().max(2_000),
  clientId: text(1_000),
  clientSecret: text(4_000),
  scope: text(2_000).optional().meta({ description: "As the token endpoint wants it: words with spaces between." }),
  audience: text(2_000).optional().meta({ description: "A parameter that Auth0 and others ask for." }),
  authMethod: z.enum(["basic", "body"]).default("basic").meta({
    description: "Where clientId and clientSecret go: the header `Authorization` (RFC 6749), or the form.",
  }),
});

export const authInput = z.discriminatedUnion("type", [basicInput, bearerInput, oauth2Input]).nullish().meta({
  description:
    "What each request carries as `Authorization`, beside the signature. `oauth2`: client credentials; the token is kept until shortly before it ends, and given up once where the receiver answers 401. Sealed, and never given back; a change replaces all of it, null removes it. Over http it goes to this machine and to private networks only.",
});

/** As `authInput`, for changes: what is secret may be left out, and stays as it is. */
export const authChangeInput = z
  .discriminatedUnion("type", [
    basicInput.partial({ password: true }),
    bearerInput.partial({ token: true }),
    oauth2Input.partial({ clientSecret: true }),
  ])
  .nullish()
  .meta({
    description:
      "As when it was created. A `password`, `token` or `clientSecret` that is left out stays as it is, where there is one of this `type` (and, of `oauth2`, where the token endpoint's origin stays, too). null removes all of it.",
  });

const pem = z.string().max(100_000);
export const tlsInput = z
  .strictObject({
    clientCertificate: pem.optional().meta({ description: "PEM; after it those between it and its authority." }),
    clientKey: pem.optional().meta({ description: "PEM, without a passphrase." }),
    ca: pem.optional().meta({ description: "PEM: believed in place of the public authorities." }),
  })
  .nullish()
  .meta({
    description:
      "A client certificate with its key (mutual TLS), authorities of your own, or both; for `url` alone, which must be https. Sealed; a change replaces all of it, null removes it.",
  });

const authAnswer = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("basic"), username: z.string() }),
    z.object({ type: z.literal("bearer") }),
    z.object({
      type: z.literal("oauth2"),
      tokenUrl: z.string(),
      clientId: z.string(),
      scope: z.string().optional(),
      audience: z.string().optional(),
      authMethod: z.enum(["basic", "body"]),
    }),
  ])
  .nullable()
  .meta({ description: "The credentials, without what is secret of them. Null: none." });
const tlsAnswer = z
  .object({
    clientCertificate: z
      .object({
        subject: z.string(),
        issuer: z.string(),
        expiresAt: z.string().meta({ description: "Give a new one before: receivers refuse it from then on." }),
        fingerprint256: z.string(),
      })
      .nullable(),
    ca: z.array(z.object({ subject: z.string(), expiresAt: z.string() })).nullable(),
  })
  .nullable()
  .meta({ description: "The client certificate and the own authorities. Null: neither." });

/** Fields of a destination's answer. */
export const accessAnswer = { auth: authAnswer, tls: tlsAnswer };
export type AccessAnswer = { auth: z.input<typeof authAnswer>; tls: z.input<typeof tlsAnswer> };

export interface AccessInput {
  auth?: z.output<typeof authChangeInput>;
  tls?: z.output<typeof tlsInput>;
}

/** Columns of a destination. */
interface AccessColumns {
  auth?: Buffer | null;
  authShown?: object | null;
  tls?: Buffer | null;
  tlsShown?: object | null;
}

/**
 * What to store of what was given: nothing where a field was left out. `before` has what stays as it is. Throws for what
 * can't be used, or not with this URL.
 */
export function checkedAccess(
  api: ApiContext,
  { workspaceId, id, url }: { workspaceId: string; id: string; url: string },
  given: AccessInput,
  before: { url: string; auth: Buffer | null; tls: Buffer | null } = { url: "", auth: null, tls: null },
): AccessColumns {
  const seal = (value: object) => api.box.seal(JSON.stringify(value), `${workspaceId}/${id}`);
  const columns: AccessColumns = {};
  if (given.auth === null) Object.assign(columns, { auth: null, authShown: null });
  else if (given.auth) {
    const auth = checkedAuth(api, completed(api, `${workspaceId}/${id}`, given.auth, before.auth));
    Object.assign(columns, { auth: seal(auth), authShown: authShown(auth) });
  }
  if (given.tls === null) Object.assign(columns, { tls: null, tlsShown: null });
  else if (given.tls) {
    const checked = checkTls(given.tls satisfies TlsSettings);
    if (!checked.ok) throw invalid([{ field: `tls.${checked.field}`, reason: checked.problem }]);
    Object.assign(columns, { tls: seal(given.tls), tlsShown: checked.shown });
  }
  const { auth, tls } = { ...before, ...columns };
  const moved = url !== before.url;
  if (auth && (given.auth || moved)) checkUrl(api, url, given.auth ? "auth" : "url");
  if (tls && (given.tls || moved) && !url.startsWith("https:")) {
    const reason = "tls is for destinations whose URL begins with https://.";
    throw invalid([{ field: given.tls ? "tls" : "url", reason }]);
  }
  return columns;
}

const secretOf = { basic: "password", bearer: "token", oauth2: "clientSecret" } as const;

/** With the secret that it leaves out, as it is stored. Throws where there is none, or it would go to somebody else. */
function completed(
  api: ApiContext,
  owner: string,
  given: NonNullable<AccessInput["auth"]>,
  sealed: Buffer | null,
): DestinationAuth {
  const secret = secretOf[given.type];
  if ((given as Record<string, unknown>)[secret] !== undefined) return given as DestinationAuth;
  const known = sealed && (JSON.parse(api.box.open(sealed, owner)) as DestinationAuth);
  if (known?.type !== given.type) throw invalid([{ field: `auth.${secret}`, reason: "This is required." }]);
  if (given.type === "oauth2" && originOf(given.tokenUrl) !== originOf((known as typeof given).tokenUrl)) {
    const reason = "Another token endpoint needs the secret anew: what is kept belongs to the one before.";
    throw invalid([{ field: "auth.clientSecret", reason }]);
  }
  return { ...given, [secret]: (known as unknown as Record<string, unknown>)[secret] } as DestinationAuth;
}

const originOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).origin : null);

function checkedAuth(api: ApiContext, auth: DestinationAuth): DestinationAuth {
  if (auth.type !== "oauth2") return auth;
  return { ...auth, tokenUrl: checkUrl(api, auth.tokenUrl, "auth.tokenUrl") };
}

/** In its normal form, if credentials may be sent there. */
function checkUrl(api: ApiContext, url: string, field: string): string {
  const rules = { allowPrivate: api.config.allowPrivateDestinations, credentials: true };
  const checked = checkDestinationUrl(url, rules);
  if (checked.ok) return checked.url;
  throw new HeraldError("invalid_destination_url", checked.reason, [{ field, reason: checked.reason }]);
}
