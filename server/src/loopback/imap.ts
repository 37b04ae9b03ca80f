import { createServer, type Server, type Socket } from "node:net";
import { answerFetch } from "./imap-fetch.ts";

/**
 * A mailbox on 127.0.0.1 that speaks IMAP4rev1 (RFC 3501) with IDLE (RFC 2177) and SPECIAL-USE (RFC 6154), as far as somebody
 * needs who reads and changes nothing: whatever would change something, even that a mail was seen, is a violation. With the
 * faults of real ones: connections that end at any place, UIDs that begin anew, and no IDLE.
 */
export interface ImapMail {
  uid: number;
  raw: Buffer;
  internalDate: Date;
  /** Such as `\\Draft`. */
  flags: readonly string[];
}

export interface ImapFolder {
  validity: number;
  next: number;
  specialUse: string | null;
  mails: ImapMail[];
}

export interface ImapFaults {
  /** Ends the connection in the middle of a mail, this many bytes into an answer to FETCH; each time one is taken. */
  cutFetches: number[];
  /** Ends every connection that fetches one of these UIDs. */
  poisoned: Set<number>;
  refuseLogin: boolean;
  noIdle: boolean;
}

export interface LoopbackImap {
  port: number;
  faults: ImapFaults;
  /** What a client did that it must not: commands that change something, or that there are not. */
  violations: string[];
  /** Commands of all clients, without their tags. */
  commands: string[];
  folder(name: string): ImapFolder;
  /** A mail arrives; clients in IDLE are told. Answers its UID. */
  deliver(folder: string, raw: string | Buffer, at?: Date, flags?: readonly string[]): number;
  /** All UIDs mean something else from now on; connections end, as servers must see to (RFC 3501, 2.3.1.1). */
  renumber(folder: string): void;
  /** Ends all connections without a word. */
  disconnect(): void;
  /** How many clients wait in IDLE. */
  idling(): number;
  close(): Promise<void>;
}

interface Client {
  socket: Socket;
  loggedIn: boolean;
  folder: string | null;
  /** Mails that it knows of in its folder. */
  seen: number;
  idleTag: string | null;
  /** Of a login that is about to be refused. */
  refusedTag: string | null;
}

const quoted = (text: string) => text.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1");

export async function startImap(
  /** With `accessToken` it is XOAUTH2 that is offered. It may be changed later: who is logged in stays so. */
  login: { user: string; pass: string } | { user: string; accessToken: string },
  folders: Record<string, string | null> = { INBOX: null, Sent: "\\Sent" },
): Promise<LoopbackImap> {
  const boxes = new Map<string, ImapFolder>(
    Object.entries(folders).map(([name, specialUse], n) => [
      name,
      { validity: 1000 + n, next: 1, specialUse, mails: [] },
    ]),
  );
  const clients = new Set<Client>();
  const faults: ImapFaults = { cutFetches: [], poisoned: new Set(), refuseLogin: false, noIdle: false };
  const violations: string[] = [];
  const commands: string[] = [];
  const capabilities = () =>
    `IMAP4rev1 SPECIAL-USE${faults.noIdle ? "" : " IDLE"}${"accessToken" in login ? " AUTH=XOAUTH2 SASL-IR" : ""}`;
  const folder = (name: string) => {
    const found = boxes.get(name);
    if (!found) throw new Error(`The mailbox has no folder ${name}.`);
    return found;
  };

  function run(client: Client, tag: string, command: string, rest: string): unknown {
    const say = (line: string) => client.socket.write(`${line}\r\n`);
    const ok = (text = "done") => say(`${tag} OK ${text}`);
    const no = (text: string) => say(`${tag} NO ${text}`);
    const wrong = (why: string) => {
      violations.push(`${command} ${rest}: ${why}`);
      return say(`${tag} BAD ${why}`);
    };
    const box = client.folder === null ? null : boxes.get(client.folder)!;
    if (command === "CAPABILITY") {
      say(`* CAPABILITY ${capabilities()}`);
      return ok();
    }
    if (command === "NOOP") {
      tell(client);
      return ok();
    }
    if (command === "LOGOUT") {
      say("* BYE see you");
      ok();
      return client.socket.end();
    }
    if (command === "LOGIN") {
      const [user, pass] = rest.match(/"(?:[^"\\]|\\.)*"|\S+/g)?.map(quoted) ?? [];
      if (faults.refuseLogin || !("pass" in login) || user !== login.user || pass !== login.pass) {
        return no("[AUTHENTICATIONFAILED] Invalid credentials");
      }
      client.loggedIn = true;
      return ok(`[CAPABILITY ${capabilities()}] logged in`);
    }
    if (command === "AUTHENTICATE") {
      const [mechanism, response = ""] = rest.split(" ");
      const expected = "accessToken" in login && `user=${login.user}\x01auth=Bearer ${login.accessToken}\x01\x01`;
      if (mechanism !== "XOAUTH2" || Buffer.from(response, "base64").toString() !== expected || faults.refuseLogin) {
        // Google says why as base64 JSON, and waits for an empty line.
        client.refusedTag = tag;
        return say(`+ ${Buffer.from('{"status":"401","schemes":"Bearer"}').toString("base64")}`);
      }
      client.loggedIn = true;
      return ok(`[CAPABILITY ${capabilities()}] logged in`);
    }
    if (!client.loggedIn) return wrong("log in first");
    switch (command) {
      case "LIST":
      case "LSUB":
        for (const [name, { specialUse }] of boxes) {
          if (!/"?\*"?$/.test(rest) && quoted(rest.split(" ").at(-1)!) !== name) continue;
          const flags = command === "LIST" && specialUse ? `\\HasNoChildren ${specialUse}` : "\\HasNoChildren";
          say(`* ${command} (${flags}) "/" "${name}"`);
        }
        return ok();
      case "EXAMINE": {
        const name = quoted(rest);
        const found = boxes.get(name);
        if (!found) return no("[NONEXISTENT] no such folder");
        Object.assign(client, { folder: name, seen: found.mails.length });
        say(`* ${found.mails.length} EXISTS`);
        say("* 0 RECENT");
        say("* FLAGS (\\Seen \\Answered)");
        say(`* OK [UIDVALIDITY ${found.validity}] UIDs valid`);
        say(`* OK [UIDNEXT ${found.next}] next`);
        return ok("[READ-ONLY] opened");
      }
      case "UID SEARCH": {
        if (!box) return wrong("no folder is open");
        const found = search(box, rest);
        if (!found) return wrong("this search isn't understood");
        say(`* SEARCH${found.map((uid) => ` ${uid}`).join("")}`);
        return ok();
      }
      case "UID FETCH": {
        if (!box) return wrong("no folder is open");
        const answer = answerFetch(box, rest);
        if (typeof answer === "string") return wrong(answer);
        if (answer.uids.some((uid) => faults.poisoned.has(uid))) return client.socket.destroy();
        const cut =
          faults.cutFetches.length > 0 && answer.bytes.length > faults.cutFetches[0]!
            ? faults.cutFetches.shift()
            : undefined;
        if (cut !== undefined) {
          return client.socket.write(answer.bytes.subarray(0, cut), () => client.socket.destroy());
        }
        client.socket.write(answer.bytes);
        return ok();
      }
      case "IDLE":
        if (faults.noIdle) return wrong("there is no IDLE here");
        client.idleTag = tag;
        say("+ idling");
        // What came since the folder was opened is news, too.
        return tell(client);
      default:
        return wrong("this is not to be used by who only reads");
    }
  }

  function tell(client: Client): void {
    const count = client.folder === null ? 0 : boxes.get(client.folder)!.mails.length;
    if (count === client.seen) return;
    client.seen = count;
    client.socket.write(`* ${count} EXISTS\r\n`);
  }

  const server: Server = createServer({ noDelay: true }, (socket) => {
    const client: Client = { socket, loggedIn: false, folder: null, seen: 0, idleTag: null, refusedTag: null };
    clients.add(client);
    socket.on("close", () => clients.delete(client));
    socket.on("error", () => {});
    socket.write(`* OK [CAPABILITY ${capabilities()}] ready\r\n`);
    let buffered = "";
    socket.on("data", (chunk) => {
      buffered += chunk.toString("latin1");
      for (let end = buffered.indexOf("\r\n"); end !== -1; end = buffered.indexOf("\r\n")) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (client.refusedTag !== null) {
          socket.write(`${client.refusedTag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n`);
          client.refusedTag = null;
          continue;
        }
        if (client.idleTag !== null) {
          if (line !== "DONE") violations.push(`${line}: only DONE ends IDLE`);
          socket.write(`${client.idleTag} OK idled\r\n`);
          client.idleTag = null;
          continue;
        }
        const match = /^(\S+) (UID \S+|\S+)(?: (.*))?$/.exec(line);
        if (!match) {
          violations.push(`${line}: this is no command`);
          socket.write("* BAD no command\r\n");
          continue;
        }
        const [, tag, command, rest = ""] = match;
        commands.push(`${command!.toUpperCase()} ${command!.toUpperCase() === "LOGIN" ? "" : rest}`.trim());
        run(client, tag!, command!.toUpperCase(), rest);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const disconnect = () => {
    for (const { socket } of clients) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    ...{ faults, violations, commands, folder, disconnect },
    deliver(name, raw, at = new Date(), flags = []) {
      const box = folder(name);
      const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(raw.replace(/\r?\n/g, "\r\n"));
      box.mails.push({ uid: box.next++, raw: bytes, internalDate: at, flags });
      for (const client of clients) if (client.idleTag !== null && client.folder === name) tell(client);
      return box.next - 1;
    },
    renumber(name) {
      const box = folder(name);
      box.validity += 1000;
      box.next = 1;
      for (const mail of box.mails) mail.uid = box.next++;
      disconnect();
    },
    idling: () => [...clients].filter(({ idleTag }) => idleTag !== null).length,
    async close() {
      disconnect();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function search({ mails }: ImapFolder, query: string): number[] | null {
  const uids = mails.map(({ uid }) => uid);
  const range = /^UID (\d+):\*$/.exec(query);
  if (range) {
    // The star is the last mail, so that the last one is always in the range.
    const last = uids.at(-1) ?? 0;
    const from = Math.min(Number(range[1]), last);
    return uids.filter((uid) => uid >= from);
  }
  const named = /^HEADER MESSAGE-ID "?([^"]+)"?$/i.exec(query);
  if (named) {
    const line = `message-id: ${named[1]}`.toLowerCase();
    return mails.filter(({ raw }) => raw.toString("latin1").toLowerCase().includes(line)).map(({ uid }) => uid);
  }
  const since = /^SINCE (\d{1,2}-[A-Z][a-z]{2}-\d{4})$/.exec(query);
  if (!since) return null;
  const day = Date.parse(`${since[1]} UTC`);
  return mails.filter(({ internalDate }) => internalDate.getTime() >= day).map(({ uid }) => uid);
}
