import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Why there is no Dovecot on this machine that the configuration below is for (2.4 has another language); null: there is one. */
export function noDovecot(): string | null {
  try {
    const version = execFileSync("dovecot", ["--version"], { encoding: "utf8", stdio: "pipe" }).trim();
    return version.startsWith("2.3.") ? null : `This Dovecot is ${version}, and not 2.3`;
  } catch {
    return "There is no Dovecot here (Debian: dovecot-imapd)";
  }
}

const nobody = 65_534;

/** A real Dovecot with one mailbox in a folder of its own; mails are put into its Maildir, as delivery agents do it. */
export class Dovecot {
  readonly folder = mkdtempSync(join(tmpdir(), "herald-dovecot-"));
  readonly login: { user: string; pass: string };
  port = 0;
  private child: ChildProcess | null = null;
  private count = 0;
  private readonly owner = userInfo().uid === 0 ? nobody : userInfo().uid;
  private readonly mail = join(this.folder, "mail");

  constructor(login: { user: string; pass: string }) {
    this.login = login;
    chmodSync(this.folder, 0o755);
    for (const path of ["", "new", "cur", "tmp", ".Gesendet", ".Gesendet/new", ".Gesendet/cur", ".Gesendet/tmp"]) {
      mkdirSync(join(this.mail, path), { recursive: true });
      this.give(join(this.mail, path));
    }
  }

  async start(): Promise<void> {
    this.port ||= await freePort();
    const root = userInfo().uid === 0;
    const { username, gid } = userInfo();
    const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
    const users = root
      ? ""
      : `default_internal_user = ${username}\ndefault_internal_group = ${group}\ndefault_login_user = ${username}\n`;
    const limits = root ? "" : "service anvil {\n  chroot =\n}\nservice imap-login {\n  chroot =\n}\n";
    const conf = `${users}${limits}base_dir = ${this.folder}/run
log_path = ${this.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${this.mail}
passdb {
  driver = passwd-file
  args = ${this.folder}/passwd
}
userdb {
  driver = static
  args = uid=${this.owner} gid=${root ? nobody : gid} home=${this.folder}/mail
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Gesendet {
    special_use = \\Sent
  }
}
service imap-login {
  inet_listener imap {
    port = ${this.port}
  }
}
`;
    writeFileSync(join(this.folder, "dovecot.conf"), conf);
    writeFileSync(join(this.folder, "passwd"), `${this.login.user}:{PLAIN}${this.login.pass}\n`);
    this.child = spawn("dovecot", ["-F", "-c", join(this.folder, "dovecot.conf")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    this.child.stderr!.on("data", (text) => {
      said += text;
    });
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`Dovecot ended: ${said}`);
      if (await answers(this.port)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Stops it with all connections, as a restart of the server does. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
    this.child = null;
  }

  deliver(raw: string, folder = "INBOX"): void {
    const path = folder === "INBOX" ? this.mail : join(this.mail, `.${folder}`);
    const name = `${Math.floor(Date.now() / 1000)}.M${++this.count}.localhost`;
    writeFileSync(join(path, "tmp", name), raw.replace(/\r?\n/g, "\r\n"));
    this.give(join(path, "tmp", name));
    renameSync(join(path, "tmp", name), join(path, "new", name));
  }

  /** While it is stopped: all UIDs of the inbox mean something else from now on. */
  renumber(): void {
    const list = join(this.mail, "dovecot-uidlist");
    const validity = /^3 V(\d+)/.exec(readFileSync(list, "utf8"))![1]!;
    writeFileSync(list, `3 V${Number(validity) + 1} N1 G${"1".repeat(32)}\n`);
    this.give(list);
    for (const name of ["dovecot.index", "dovecot.index.log", "dovecot.index.cache"])
      rmSync(join(this.mail, name), { force: true });
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private give(path: string): void {
    if (userInfo().uid === 0) chownSync(path, nobody, nobody);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Whether the server greets. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    const end = (greets: boolean) => {
      socket.destroy();
      resolve(greets);
    };
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}
