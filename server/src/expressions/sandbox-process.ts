import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import type { RealmLimits } from "./realm.ts";
import type { Answer, Opening, Question } from "./sandbox.ts";

/** MiB of heap that a sandbox may take. */
const heapMiB = 64;

const here = import.meta.dirname;
/** `.ts` in the sources, `.js` in the package. */
const entry = join(here, `sandbox${extname(import.meta.filename)}`);

/** Node looks there to know what kind of module the entry is. */
function packageFile(): string {
  let folder = here;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "package.json");
}

let library: string | null = null;

export interface SandboxEvents {
  onReady(): void;
  onAnswer(answer: Answer): void;
  /** It is gone, and `questions` without an answer get none. Not called after `kill`. */
  onGone(why: string): void;
}

/** A running sandbox. Doesn't keep this process alive, and ends with it. */
export class SandboxProcess {
  private readonly child: ChildProcess;
  private over = false;

  constructor(limits: RealmLimits, events: SandboxEvents) {
    library ??= readFileSync(createRequire(import.meta.url).resolve("jsonata"), "utf8");
    // Windows can't start a process without it.
    const { SystemRoot } = process.env;
    this.child = fork(entry, [], {
      // Nothing that this process was started with, its secrets least of all.
      env: SystemRoot === undefined ? {} : { SystemRoot },
      execArgv: [
        ...["--permission", `--allow-fs-read=${here}`, `--allow-fs-read=${packageFile()}`, "--allow-worker"],
        ...[`--max-old-space-size=${heapMiB}`, "--max-semi-space-size=8", "--no-warnings"],
      ],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const gone = (why: string) => {
      if (this.over) return;
      this.over = true;
      events.onGone(why);
    };
    this.child.on("message", (message: "ready" | Answer) => {
      if (this.over) return;
      if (message === "ready") events.onReady();
      else events.onAnswer(message);
    });
    this.child.on("error", (error) => gone(error.message));
    this.child.on("exit", (code, signal) => gone(`it ended with ${signal ?? `the code ${code}`}`));
    this.child.unref();
    this.child.channel?.unref();
    this.sacrificeFirst();
    this.send({ library, limits, parent: process.pid });
  }

  ask(question: Question): void {
    this.send(question);
  }

  kill(): void {
    this.over = true;
    this.child.kill("SIGKILL");
  }

  private send(message: Opening | Question): void {
    // Where it is gone, `exit` says so.
    if (this.child.connected) this.child.send(message, () => {});
  }

  /** Where the machine is out of memory, Linux ends this one before Herald or the database. */
  private sacrificeFirst(): void {
    if (process.platform !== "linux" || this.child.pid === undefined) return;
    try {
      writeFileSync(`/proc/${this.child.pid}/oom_score_adj`, "1000");
    } catch {
      // Only a precaution.
    }
  }
}
