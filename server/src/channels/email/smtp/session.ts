import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionCustomAuthHandler,
  type SMTPConnectionOptions,
} from "nodemailer/lib/smtp-connection";
import { loggedIn, type PlainLogin, type SessionLogin } from "../login.ts";
import { TokenFailure } from "../oauth2.ts";
import { failureOf, SmtpFailure } from "./failure.ts";

/** A mail server, and how to log in to it. */
export interface SmtpSettings {
  host: string;
  port: number;
  security: "starttls" | "tls" | "none";
  login: SessionLogin | null;
}

const aborted = (stage: SmtpFailure["stage"]) => new SmtpFailure(stage, "ABORTED", "The deadline passed.");

/** Connects, does TLS, logs in. Rejects with an `SmtpFailure` of the stage `connect` or `login`. */
export async function openSession(settings: SmtpSettings, signal: AbortSignal): Promise<SMTPConnection> {
  const isRefusal = (error: unknown) =>
    error instanceof SmtpFailure && error.stage === "login" && (error.reply?.code ?? 0) >= 500;
  try {
    return await loggedIn(settings.login, signal, (login) => connect(settings, login, signal), isRefusal);
  } catch (error) {
    if (error instanceof TokenFailure) throw new SmtpFailure("login", error.code, error.message);
    throw error;
  }
}

function connect(settings: SmtpSettings, login: PlainLogin | null, signal: AbortSignal): Promise<SMTPConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<SMTPConnection>();
  if (signal.aborted) {
    reject(aborted("connect"));
    return promise;
  }
  let stage: "connect" | "login" = "connect";
  const connection = new SMTPConnection(optionsOf(settings));
  const fail = (failure: SmtpFailure) => {
    signal.removeEventListener("abort", onAbort);
    reject(failure);
    connection.close();
  };
  const onAbort = () => fail(aborted(stage));
  const done = () => {
    signal.removeEventListener("abort", onAbort);
    resolve(connection);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays for the connection's whole life: what is emitted here is also told to whoever is waiting for an answer.
  connection.on("error", (error) => fail(failureOf(stage, error)));
  connection.once("end", () => fail(new SmtpFailure(stage, "ECONNECTION", "The server closed the connection.")));
  connection.connect((error) => {
    if (error) return fail(failureOf(stage, error));
    if (!login) return done();
    stage = "login";
    if (!connection.allowsAuth) return fail(new SmtpFailure(stage, "ENOAUTH", "The server offers no login."));
    connection.login(authOf(login), (refused) => (refused ? fail(failureOf(stage, refused)) : done()));
  });
  return promise;
}

function optionsOf({ host, port, security }: SmtpSettings): SMTPConnectionOptions {
  return {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { minVersion: "TLSv1.2" },
    // Backstops only, each below what the caller's deadline usually is; RFC 5321 allows ten minutes for the final answer.
    connectionTimeout: 30_000,
    greetingTimeout: 30_000,
    dnsTimeout: 15_000,
    socketTimeout: 600_000,
    socketCloseTimeout: 1_000,
    customAuth: { XOAUTH2: xoauth2 },
  };
}

function authOf(login: PlainLogin): SMTPConnectionAuth {
  if ("pass" in login) return { user: login.user, credentials: { user: login.user, pass: login.pass } };
  return { method: "XOAUTH2", user: login.user, pass: login.accessToken };
}

/** Written out because nodemailer, on any refusal, forgets the server's reply and asks for a new token. */
const xoauth2: SMTPConnectionCustomAuthHandler = async ({ auth, sendCommand }) => {
  const token = Buffer.from(`user=${auth.user}\x01auth=Bearer ${auth.pass}\x01\x01`).toString("base64");
  let { status } = await sendCommand(`AUTH XOAUTH2 ${token}`);
  // 334 with the reason as JSON: the reply proper comes after an empty line.
  if (status === 334) ({ status } = await sendCommand(""));
  if (status < 200 || status > 299) throw new Error("Invalid login");
};

/** Says QUIT and ends the connection, at the latest after two seconds: nothing depends on the server's answer. */
export function endSession(connection: SMTPConnection): void {
  const timer = setTimeout(() => connection.close(), 2_000);
  connection.once("end", () => clearTimeout(timer));
  connection.quit();
}
