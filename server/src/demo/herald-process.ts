import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "../cli/failure.ts";
import { alive, databasePid, kill, makeFolder, removeFolder, removeLeftovers, setOwners } from "./folder.ts";

/** Longer than Herald takes for an orderly stop at most (28 s). */
const stopWithinMs = 35_000;
const startWithinMs = 60_000;

/** A Herald of its own, as a person would start it: the real command, on an empty folder and a free port. */
export class HeraldProcess {
  readonly folder: string;
  readonly child: ChildProcess;
  /** Where its API listens. */
  url = "";
  /** The key that it printed. */
  key = "";
  private readonly complaints: string[] = [];

  private constructor() {
    this.folder = makeFolder();
    const main = fileURLToPath(new URL(`../cli/main${extname(import.meta.url)}`, import.meta.url));
    const args = [main, "start", "--host", "127.0.0.1", "--port", "0", "--data", this.folder, "--stop-with-input"];
    this.child = spawn(process.execPath, args, {
      env: { ...foreignSettings(), HERALD_LOG_LEVEL: "warn" },
      stdio: ["pipe", "pipe", "pipe"],
      // Ctrl-C in a terminal signals the whole process group: Herald is stopped by the demo alone, once.
      detached: true,
    });
    setOwners(this.folder, [process.pid, this.child.pid ?? process.pid]);
    this.child.stdin?.on("error", () => {});
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.complaints.push(...text.split("\n").filter((line) => line !== ""));
      this.complaints.splice(0, this.complaints.length - 20);
    });
  }

  /** Resolves when it is ready. `onSpawn` gets it before that, so that it can be stopped while it starts. */
  static async start(onSpawn: (herald: HeraldProcess) => void): Promise<HeraldProcess> {
    removeLeftovers();
    const herald = new HeraldProcess();
    onSpawn(herald);
    const ready = Promise.withResolvers<void>();
    let printed = "";
    herald.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      herald.url = /API\s+(http:\S+)/.exec(printed)?.[1] ?? "";
      herald.key = /(hk_live_[\w-]{43})\s/.exec(printed)?.[1] ?? "";
      if (herald.url !== "" && herald.key !== "") ready.resolve();
    });
    herald.child.once("error", ready.reject);
    herald.child.once("exit", (code) => {
      ready.reject(new Failure(`herald start ended with ${code}:\n${herald.lastWords()}`));
    });
    const timer = setTimeout(() => {
      ready.reject(new Failure(`herald start was not ready within a minute:\n${herald.lastWords()}`));
    }, startWithinMs);
    await ready.promise.finally(() => clearTimeout(timer));
    return herald;
  }

  /** The last lines of its log. */
  lastWords(): string {
    return this.complaints.map((line) => `    ${line}`).join("\n");
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops it in order: what is in flight is finished. Its folder stays. Again: no effect. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    this.child.stdin?.end();
    const late = new AbortController();
    await Promise.race([exited, delay(stopWithinMs, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  /** Stops it if need be, and removes its folder and whatever still runs on it. */
  async remove(): Promise<void> {
    await this.stop();
    await this.stopDatabase();
    this.removeNow();
  }

  /** An orderly Herald has stopped its database itself. */
  private async stopDatabase(): Promise<void> {
    const pid = databasePid(this.folder);
    if (pid === null) return;
    kill(pid, "SIGINT");
    for (let waited = 0; alive(pid) && waited < 10_000; waited += 50) await delay(50);
  }

  /** The same at once, without returning to the event loop: for the end of the process. */
  removeNow(): void {
    if (this.running) this.child.kill("SIGKILL");
    removeFolder(this.folder);
  }
}

/** The environment without settings of Herald's: the demo is the same everywhere, and touches nobody's database. */
function foreignSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("HERALD_") && name !== "DATABASE_URL"),
  );
}
