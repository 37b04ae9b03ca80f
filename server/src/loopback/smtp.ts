import { once } from "node:events";
import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { FaultScript, type SmtpFault } from "./smtp-faults.ts";
import { Mailbox, type SmtpStats } from "./smtp-mailbox.ts";
import { contentRefusal, type Envelope, type ReceivedMail, readMail, splitMessage } from "./smtp-message.ts";

/**
 * A mail server on loopback that stands for a provider's submission service: it refuses what a strict one would refuse,
 * keeps what it takes, and fails on demand. The protocol is the npm package `smtp-server`; a fault is put in its way by
 * wrapping the command handlers of each connection.
 */
export interface SmtpOptions {
  /** Default 0: any free port. */
  port?: number;
  /** With `pass` (PLAIN, LOGIN) or `accessToken` (XOAUTH2) a login is required; without `user` none is offered. */
  user?: string | undefined;
  pass?: string | undefined;
  accessToken?: string | undefined;
  /** PEM key and certificate. With them STARTTLS is offered, and required before a login. */
  tls?: { key: string; cert: string };
  /** TLS from the first octet (port 465) instead of STARTTLS. Needs `tls`. */
  secure?: boolean;
  /** Largest content in octets. Default 10 MiB. */
  size?: number;
  /** Whether the client may send MAIL, RCPT and DATA without waiting (RFC 2920). Default true. */
  pipelining?: boolean;
  /** Addresses that get 550 5.1.1. The domain `.invalid` gets 550 5.1.2 always. */
  unknownRecipients?: readonly string[];
  /** Reads only headers, for more than 1,000 mails a second. Default false. */
  light?: boolean;
  /** How many mails are kept in `mails`; further ones are only counted. Default 10,000. */
  keep?: number;
  faults?: readonly SmtpFault[];
}

export interface LoopbackSmtp {
  port: number;
  mails: readonly ReceivedMail[];
  mailbox: Mailbox;
  /** How many mails an address got, with this text where one is given. */
  count(to: string, text?: string): number;
  waitFor(n: number): Promise<void>;
  fault(...faults: SmtpFault[]): void;
  /** Faults that were scripted and have not happened yet. */
  faultsLeft(): number;
  /** Connections that are open now. */
  open(): number;
  /** Cuts every open connection, as a restart of the server would. */
  cut(): void;
  /** Says 421 to every connection, as a server does to idle ones; resolves when the clients have closed them. */
  dismiss(): Promise<void>;
  stats(): SmtpStats;
  close(): Promise<void>;
}

type Connection = SMTPServer["connections"] extends Set<infer C> ? C : never;
type Handler = "handler_AUTH" | "handler_MAIL" | "handler_RCPT" | "handler_DATA";

/** An answer in the form that `smtp-server` turns into a reply line. */
function refusal(responseCode: number, message: string): Error & { responseCode: number } {
  return Object.assign(new Error(message), { responseCode });
}

class PeerServer extends SMTPServer {
  onOpen: (connection: Connection) => void = () => {};

  override connect(...args: Parameters<SMTPServer["connect"]>): void {
    super.connect(...args);
    const connection = [...this.connections].at(-1);
    if (!connection) return;
    this.onOpen(connection);
    // smtp-server waits 100 ms for clients that talk too early; a benchmark that reconnects would measure that wait.
    const ready = connection.connectionReady.bind(connection);
    connection.connectionReady = () => {};
    ready();
  }
}

/** Writes the fault's raw answer and cuts the line where it says so. */
function commit(fault: SmtpFault, connection: Connection): void {
  const socket: Socket = connection._socket;
  if (fault.reply !== undefined && !socket.destroyed) socket.write(`${fault.reply}\r\n`);
  if (fault.drop) {
    // With an answer before it, the answer must reach the client first.
    if (fault.reply === undefined) socket.destroy();
    else socket.destroySoon();
  } else if (fault.reply?.startsWith("421")) connection.close();
}

export async function startSmtp(options: SmtpOptions = {}): Promise<LoopbackSmtp> {
  const { user, pass, accessToken, tls, light = false, size = 10 * 1024 * 1024 } = options;
  const mailbox = new Mailbox(options.keep ?? 10_000, light);
  const script = new FaultScript();
  script.add(...(options.faults ?? []));
  const unknown = new Set(options.unknownRecipients ?? []);
  const connections = new Map<string, Connection>();

  const refuse = (code: number, message: string) => {
    mailbox.refuse(code);
    return refusal(code, message);
  };

  /** Puts the scripted fault, if there is one, before what smtp-server does with a command. */
  function intercept(connection: Connection, name: Handler, at: SmtpFault["at"]): void {
    const original = connection[name].bind(connection);
    connection[name] = (command, next) => {
      const { mailFrom, rcptTo } = connection.session.envelope;
      const to = rcptTo.map((recipient) => recipient.address);
      if (at === "rcpt") to.push(/<([^<>]*)>/.exec(command.toString())?.[1] ?? "");
      const fault = script.take(at, { from: mailFrom ? mailFrom.address : "", to });
      if (!fault) return original(command, next);
      void (fault.hold?.pass() ?? Promise.resolve()).then(() => {
        if (fault.reply === undefined && !fault.drop) return original(command, next);
        commit(fault, connection);
        next();
      });
    };
  }

  const server = new PeerServer({
    name: "loopback.test",
    logger: false,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    hidePIPELINING: options.pipelining === false,
    hideSTARTTLS: !tls || options.secure === true,
    disabledCommands: [...(tls ? [] : ["STARTTLS"]), ...(user === undefined ? ["AUTH"] : [])],
    secure: options.secure === true,
    ...(tls ?? {}),
    authMethods: [...(pass === undefined ? [] : ["PLAIN", "LOGIN"]), ...(accessToken === undefined ? [] : ["XOAUTH2"])],
    authOptional: user === undefined,
    allowInsecureAuth: !tls,
    size,
    rejectOversized: true,
    closeTimeout: 100,

    onConnect(session, callback) {
      mailbox.connections += 1;
      const connection = connections.get(session.id);
      const fault = connection && script.take("greeting", { from: "", to: [] });
      if (!fault) return callback();
      void (fault.hold?.pass() ?? Promise.resolve()).then(() => {
        if (fault.reply === undefined && !fault.drop) return callback();
        commit(fault, connection);
      });
    },
    onAuth(auth, _session, callback) {
      const known =
        auth.method === "XOAUTH2"
          ? auth.username === user && auth.accessToken === accessToken
          : auth.username === user && auth.password === pass;
      if (known) return callback(null, { user: auth.username });
      mailbox.refuse(535);
      callback(null, { responseCode: 535, message: "5.7.8 Authentication credentials invalid" });
    },
    onRcptTo({ address }, _session, callback) {
      if (address.endsWith(".invalid")) return callback(refuse(550, "5.1.2 Domain not found"));
      if (unknown.has(address)) return callback(refuse(550, "5.1.1 User unknown"));
      callback();
    },
    onData(stream, session, callback) {
      const envelope = envelopeOf(session);
      const connection = connections.get(session.id);
      if (connection && script.take("content", envelope)) {
        stream.on("error", () => {});
        stream.once("data", () => connection._socket.destroy());
        return;
      }
      void receive(stream, envelope, connection).then(
        (answer) => callback(null, answer),
        (error: Error) => callback(error),
      );
    },
    onClose(session) {
      connections.delete(session.id);
    },
  });

  async function receive(stream: SMTPServerDataStream, envelope: Envelope, connection: Connection | undefined) {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    // smtp-server itself answers 552 to what is too large.
    if (stream.sizeExceeded) {
      mailbox.refuse(552);
      return "";
    }
    const raw = Buffer.concat(chunks);
    const message = splitMessage(raw);
    const complaint = contentRefusal(raw, message, envelope);
    if (complaint) throw refuse(550, complaint);
    const fault = script.take("end", envelope);
    await fault?.hold?.pass();
    const faulty = fault !== null && (fault.reply !== undefined || fault.drop === true);
    if (!faulty || fault.store) mailbox.put(await readMail(raw, message, envelope, light));
    if (faulty && connection) {
      // The next reply is smtp-server's verdict on this message; the fault takes its place.
      connection.send = () => {
        Reflect.deleteProperty(connection, "send");
        commit(fault, connection);
      };
    }
    return "2.0.0 Ok: queued";
  }

  server.onOpen = (connection) => {
    connections.set(connection.id, connection);
    intercept(connection, "handler_AUTH", "auth");
    intercept(connection, "handler_MAIL", "mail");
    intercept(connection, "handler_RCPT", "rcpt");
    intercept(connection, "handler_DATA", "data");
  };
  // Clients that vanish are part of the game.
  server.on("error", () => {});

  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const bound = server.server.address();
  const cut = () => {
    for (const connection of connections.values()) connection._socket.destroy();
  };
  const dismiss = async () => {
    const leaving = [...connections.values()].map(async (connection) => {
      const closed = once(connection._socket, "close");
      connection.send(421, "4.4.2 Idle for too long");
      await closed;
    });
    await Promise.all(leaving);
  };
  return {
    port: typeof bound === "object" && bound ? bound.port : 0,
    mails: mailbox.mails,
    mailbox,
    count: (to, text) => mailbox.count(to, text),
    waitFor: (n) => mailbox.waitFor(n),
    fault: (...faults) => script.add(...faults),
    faultsLeft: () => script.left,
    open: () => connections.size,
    cut,
    dismiss,
    stats: () => mailbox.stats(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

function envelopeOf(session: SMTPServerSession): Envelope {
  const { mailFrom, rcptTo, smtpUtf8, bodyType } = session.envelope;
  return {
    from: mailFrom ? mailFrom.address : "",
    to: rcptTo.map((recipient) => recipient.address),
    user: typeof session.user === "string" ? session.user : null,
    encrypted: session.secure,
    smtpUtf8: smtpUtf8 === true,
    eightBit: bodyType === "8bitmime",
  };
}
