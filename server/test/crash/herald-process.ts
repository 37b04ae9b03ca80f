import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compileCacheFolder } from "../../src/cli/compile-cache.ts";
import { heapFlags } from "../../src/cli/heap.ts";
import { Database } from "../../src/db/pool.ts";

const main = resolve(import.meta.dirname, "../../src/cli/main.ts");

/** A port that was free a moment ago: a killed Herald must come back on the same one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export interface HeraldProcessOptions {
  /** Where it keeps its data and its log. Default: a folder of its own, which `end` removes. */
  folder?: string;
  /** A data folder whose server is stopped: it begins with a copy of its database. Default: the first start makes one. */
  copyOf?: string;
  /** A command that runs the program, with its arguments; for example one that enters a network namespace. */
  via?: readonly string[];
  /** Where it listens. Default 127.0.0.1. */
  host?: string;
}

/** Resolves when the kernel says that all of a process is stopped. */
async function stoppedState(pid: number): Promise<void> {
  for (;;) {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The real program on a data folder of its own: started, killed, started again. */
export class HeraldProcess {
  readonly folder: string;
  key = "";
  url = "";
  starts = 0;
  private port = 0;
  private child: ChildProcess | null = null;
  private log = "";
  private readonly env: Record<string, string>;
  private readonly options: HeraldProcessOptions;
  private stopped = Promise.withResolvers<void>();

  constructor(env: Record<string, string> = {}, options: HeraldProcessOptions = {}) {
    this.env = env;
    this.options = options;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), "herald-crash-"));
    if (options.copyOf === undefined) return;
    mkdirSync(join(this.folder, "data"));
    // The database's owner is another user, where this is root.
    execFileSync("cp", ["-Rp", join(options.copyOf, "postgres"), join(this.folder, "data/postgres")]);
  }

  /** Resolves when the API answers, or when it has stopped at HERALD_TEST_STOP_AT before that. */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.port ||= await freePort();
    const { host = "127.0.0.1", via = [] } = this.options;
    this.url = `http://${host}:${this.port}`;
    this.stopped = Promise.withResolvers();
    const { stopped } = this;
    const data = join(this.folder, "data");
    const [command = "", ...args] = [
      // With the flags that it would give itself by starting once more.
      ...[...via, process.execPath, ...heapFlags, main, "start"],
      ...["--host", host, "--port", String(this.port), "--data", data],
    ];
    const child = spawn(command, args, {
      env: {
        ...{ PATH: process.env.PATH ?? "", HERALD_LOG_LEVEL: "warn", NODE_COMPILE_CACHE: compileCacheFolder },
        ...this.env,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    this.starts++;
    let output = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.log = (this.log + text).slice(-20_000);
    });
    await new Promise<void>((done, fail) => {
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (/^Stopped at .*\n/m.test(output)) stopped.resolve();
        if (/API key {2,}.*\n/.test(output)) done();
      });
      void stopped.promise.then(done);
      child.once("exit", (code, signal) =>
        fail(new Error(`herald start ended (${code ?? signal}) before it was ready:\n${output}\n${this.log}`)),
      );
    });
    this.key = /hk_live_\S+/.exec(output)?.[0] ?? this.key;
  }

  /** SIGKILL, or another signal; resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    // One that is stopped takes only SIGKILL.
    child.kill("SIGCONT");
    await gone;
    this.child = null;
  }

  /** Resolves when it has stopped at its HERALD_TEST_STOP_AT. */
  get atStopPoint(): Promise<void> {
    return this.stopped.promise.then(() => stoppedState(this.pid));
  }

  /** Stops all of it, wherever it is; resolves when nothing of it runs any more. */
  async freeze(): Promise<void> {
    process.kill(this.pid, "SIGSTOP");
    await stoppedState(this.pid);
  }

  /** Lets it go on from where it was stopped. */
  thaw(): void {
    process.kill(this.pid, "SIGCONT");
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get stderr(): string {
    return this.log;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { "x-api-key": this.key, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** The database, to look into what the API can't show at once. */
  database(): Database {
    return new Database(
      { host: join(this.folder, "data", "socket"), port: 5432, user: "herald", database: "postgres" },
      2,
    );
  }

  get postgresPid(): number {
    return Number(readFileSync(join(this.folder, "data", "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
  }

  /** An orderly stop (which also stops the database), then the folder goes. */
  async end(): Promise<void> {
    if (!this.child) await this.start().catch(() => {});
    await this.kill("SIGTERM");
    try {
      // Should the orderly stop have failed, no server stays behind.
      process.kill(this.postgresPid, "SIGINT");
    } catch {
      // Gone, as it should be.
    }
    if (this.options.folder === undefined)
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
