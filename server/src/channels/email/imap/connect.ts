import type { ImapFlow } from "imapflow";
import { loggedIn, type PlainLogin, type SessionLogin } from "../login.ts";
import { TokenFailure } from "../oauth2.ts";
import type { ImapConfig } from "../smtp/config.ts";
import { ImapFailure, imapFailure } from "./failure.ts";

/** A mailbox and how one gets in. */
export interface MailboxAccount {
  config: ImapConfig;
  /** Null: nobody gave one. */
  login: SessionLogin | null;
}

/** The folders that are read. */
export interface MailFolders {
  inbox: string;
  /** Null: none was found, so that mails written on other devices aren't seen. */
  sent: string | null;
}

/**
 * What one answer of a server may be. Mails are asked for in pieces that are far smaller; a search of a folder with a million
 * mails is some megabytes. What is more ends the connection, before it takes the memory.
 */
const limits = {
  maxLineLength: 16 * 1024 * 1024,
  maxLiteralSize: 4 * 1024 * 1024,
  maxResponseSize: 20 * 1024 * 1024,
  maxResponseTokens: 300_000,
};

/** Connects and logs in. Whoever calls it closes the connection. @throws ImapFailure */
export async function openMailbox({ config, login }: MailboxAccount, signal: AbortSignal): Promise<ImapFlow> {
  const isRefusal = (error: unknown) => error instanceof ImapFailure && error.code === "login_refused";
  try {
    return await loggedIn(login, signal, (plain) => connect(config, plain, signal), isRefusal);
  } catch (error) {
    if (error instanceof TokenFailure) throw new ImapFailure(error.code, error.message);
    throw error;
  }
}

async function connect(config: ImapConfig, login: PlainLogin | null, signal: AbortSignal): Promise<ImapFlow> {
  const { host, port, security } = config;
  if (!login) {
    const words =
      "The sender has config.imap, but no login for it: give credentials.imap with user and pass (or oauth2, or accessToken).";
    throw new ImapFailure("login_missing", words);
  }
  // Loaded by the first mailbox: it is a hundred modules, and many Heralds read none.
  const library = await import("imapflow");
  const client = new library.ImapFlow({
    ...{ host, port, auth: { ...login }, logger: false, disableAutoIdle: true, ...limits },
    // A password never crosses a network in the clear because somebody took STARTTLS out of the greeting.
    ...{ secure: security === "tls", doSTARTTLS: security === "starttls" },
    ...{ connectionTimeout: 20_000, greetingTimeout: 10_000, socketTimeout: 180_000 },
    // Firewalls forget connections on which nothing is said.
    maxIdleTime: 120_000,
    clientInfo: { name: "Herald" },
  });
  // Its errors come by the calls that they end; without a listener one would end the process.
  client.on("error", () => {});
  const abort = () => client.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    if (signal.aborted) throw new ImapFailure("timeout", `The IMAP server ${host}:${port} didn't answer in time.`);
    throw imapFailure(error, config);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Which folders to read. @throws ImapFailure where one that the settings name isn't there. */
export async function findFolders(client: ImapFlow, config: ImapConfig): Promise<MailFolders> {
  const list = await client.list().catch((error) => {
    throw imapFailure(error, config);
  });
  const { inbox, sent } = config.folders;
  for (const wanted of [inbox, sent]) {
    if (wanted === undefined || wanted.toUpperCase() === "INBOX") continue;
    if (list.some(({ path, flags }) => path === wanted && !flags.has("\\Noselect"))) continue;
    const names = list.map(({ path }) => path).slice(0, 50);
    throw new ImapFailure("folder_missing", `The mailbox has no folder ${wanted}; it has: ${names.join(", ")}.`);
  }
  return { inbox, sent: sent ?? list.find(({ specialUse }) => specialUse === "\\Sent")?.path ?? null };
}
