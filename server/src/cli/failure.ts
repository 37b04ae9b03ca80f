import { ConfigError } from "../config.ts";
import { HeraldError } from "../domain/error.ts";

/** Something that the person at the keyboard can mend: one sentence says what is wrong, where, and what to do. */
export class Failure extends Error {
  /** 1; 2 where the command was called in a way that can't work; 130 after Ctrl-C. */
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "Failure";
    this.exitCode = options.exitCode ?? 1;
  }
}

const untrusted =
  "nobody that this machine trusts vouches for its certificate (name the file of its CA: ?sslmode=verify-full&sslrootcert=/path/ca.pem)";

/** What PostgreSQL's error codes mean to the person who wrote DATABASE_URL. */
const databaseProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name can't be looked up",
  ETIMEDOUT: "it doesn't answer",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the host can't be reached",
  ECONNRESET: "it closed the connection",
  ERR_INVALID_URL:
    "its address can't be read (in a user's name or password, @ : / ? # are written %40 %3A %2F %3F %23)",
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  "25006": "it takes no writes (a standby; or a managed server, where its disk is full)",
  "28P01": "it refuses the password",
  "28000": "it refuses this user",
  "3D000": "there is no such database",
  "42501": "this user may not create tables there",
  "53300": "it has no connection left",
  "57P03": "it is starting up or shutting down",
};

/** The driver's errors that have no code, by their words. */
const driverProblems: readonly (readonly [RegExp, string])[] = [
  [/^(timeout expired|Connection terminated due to connection timeout)/, "it doesn't answer; is it a PostgreSQL?"],
  [/^Connection terminated unexpectedly/, "it closed the connection; is it a PostgreSQL?"],
  [/client password must be a (non-empty )?string/, "it asks for a password, and there is none"],
  [/^The server does not support SSL connections/, "it has no TLS, and sslmode asks for it"],
];

/**
 * Any error as words for a person. `databaseUrl`: the DATABASE_URL in use, which is named without its password.
 */
export function explain(error: unknown, databaseUrl?: string | null): { message: string; exitCode: number } {
  if (error instanceof Failure) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigError) return { message: error.message, exitCode: 2 };
  if (error instanceof HeraldError) {
    const details = (error.details ?? []).filter((detail) => !error.message.includes(detail.reason));
    return {
      message: [error.message, ...details.map((detail) => `${detail.field}: ${detail.reason}`)].join("\n  "),
      exitCode: 1,
    };
  }
  const code = codeOf(error);
  const told = error instanceof Error ? error.message : "";
  const problem =
    (code === null ? undefined : databaseProblems[code]) ?? driverProblems.find(([words]) => words.test(told))?.[1];
  if (databaseUrl && problem !== undefined) {
    const message = `The database ${nameOf(databaseUrl)} can't be used: ${problem}. Check DATABASE_URL.`;
    return { message, exitCode: 1 };
  }
  return { message: error instanceof Error ? error.message : String(error), exitCode: 1 };
}

/** The code of an error, or of the first of several (a host with two addresses fails twice). */
export function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : null;
}

/** A connection string as it may be shown: without its password and options. */
export function nameOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return "of DATABASE_URL";
  const { username, host, pathname } = new URL(databaseUrl);
  return `${username === "" ? "" : `${decodeURIComponent(username)}@`}${host}${pathname}`;
}
