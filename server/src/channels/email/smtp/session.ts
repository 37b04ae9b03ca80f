import { Readable, type Writable } from "node:stream";
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionCustomAuthHandler,
  type SMTPConnectionOptions,
} from "nodemailer/lib/smtp-connection";
import { loggedIn, type PlainLogin, type SessionLogin } from "../login.ts";
import { TokenFailure } from "../oauth2.ts";
import { failureOf, SmtpFailure } from "./failure.ts";

/**
 * One logged-in connection to a mail server. Nodemailer's own pool isn't used, because it doesn't tell whether a
 * connection was lost before or after the content went out, and queues some messages again by itself: both would break
 * "never twice". Its connection class gives both, under the rule written at `transmit`.
 */
export interface SmtpSettings {
  host: string;
  port: number;
  security: "starttls" | "tls" | "none";
  login: SessionLogin | null;
}

export interface AcceptedMail {
  /** The server's own words. */
  response: string;
  /** The Message-ID that the server put in place of ours (Amazon SES, Microsoft 365), else null. */
  serverMessageId: string | null;
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

/**
 * Sends one message over an open session. Rejects with an `SmtpFailure` of the stage `envelope` or `content`.
 *
 * A caller must close the connection after any failure but a refusal: what comes next on it answers nobody knows what.
 *
 * What tells the two apart: nodemailer asks for the content only after the server's 354. As long as it didn't, not an octet
 * of it left; from then on, short of a well-formed refusal, anything may have happened.
 */
export function transmit(
  connection: SMTPConnection,
  envelope: { from: string; to: string },
  content: Buffer,
  signal: AbortSignal,
): Promise<AcceptedMail> {
  const { promise, resolve, reject } = Promise.withResolvers<AcceptedMail>();
  if (signal.aborted) {
    reject(aborted("envelope"));
    return promise;
  }
  const body = new Body(connection, content);
  const stage = () => (body.asked ? "content" : "envelope");
  const onAbort = () => reject(aborted(stage()));
  // Nodemailer closes without a word where the socket is found dead just before a command; where it does have an error
  // to tell, it tells it right after `end`.
  const onEnd = () => {
    setImmediate(() => reject(new SmtpFailure(stage(), "ECONNECTION", "The connection was lost.")));
  };
  signal.addEventListener("abort", onAbort, { once: true });
  connection.once("end", onEnd);
  connection.send({ ...envelope, size: content.length }, body, (error, info) => {
    if (error) reject(failureOf(stage(), error));
    else if (!/^2\d\d(?:[ -]|$)/.test(info.response)) {
      reject(
        new SmtpFailure("content", "EPROTOCOL", `The final answer is no SMTP reply: ${info.response.slice(0, 200)}`),
      );
    } else resolve({ response: info.response, serverMessageId: info.serverMessageId ?? null });
  });
  return promise.finally(() => {
    signal.removeEventListener("abort", onAbort);
    connection.removeListener("end", onEnd);
  });
}

/** A mail's content, which goes out in one piece. */
class Body extends Readable {
  /** From now on octets of it may have left. */
  asked = false;
  readonly #connection: SMTPConnection;
  readonly #content: Buffer;

  constructor(connection: SMTPConnection, content: Buffer) {
    super();
    this.#connection = connection;
    this.#content = content;
  }

  override pipe<T extends NodeJS.WritableStream>(data: T): T {
    this.asked = true;
    // The content and the dot behind it are written by two calls: held together they are one packet, and the server wakes once.
    // Let go in the loop's next turn, whatever happened.
    const { _socket: socket } = this.#connection as unknown as { _socket?: Writable | false };
    if (socket) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    data.end(this.#content);
    return data;
  }
}
