import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A command that goes on running, with what it has printed so far. */
export class Running {
  private text = "";
  private readonly child: ChildProcess;
  private readonly command: string;
  private readonly watchers = new Set<() => void>();
  /** Resolves when the command and its output have ended. */
  private readonly gone: Promise<unknown>;
  private ended = false;

  constructor(command: string, cwd: string, env: Record<string, string>) {
    this.command = command;
    // A process group of its own: npm and npx have children.
    this.child = spawn("bash", ["-c", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.text += text;
        this.tell();
      });
    }
    this.gone = once(this.child, "close").then(() => {
      this.ended = true;
      this.tell();
    });
  }

  get output(): string {
    return this.text;
  }

  /** Resolves with the match as soon as the output has it. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match) return match;
      if (this.ended) throw new Error(`${this.command}\nended without ${pattern}:\n${this.text}`);
      await new Promise<void>((resolve) => this.watchers.add(resolve));
    }
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
    this.watchers.clear();
  }

  async stop(): Promise<void> {
    if (!this.ended) {
      try {
        process.kill(-this.child.pid!, "SIGTERM");
      } catch {
        // It ended this moment.
      }
    }
    await this.gone;
  }
}

/** A terminal in which the README's commands are typed. */
export class Terminal {
  private readonly cwd: string;
  private readonly env: Record<string, string>;
  private readonly running: Running[] = [];

  constructor(cwd: string, env: Record<string, string>) {
    this.cwd = cwd;
    const path = [join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter);
    this.env = { PATH: path, HOME: process.env.HOME ?? cwd, npm_config_update_notifier: "false", ...env };
  }

  /** Runs a command to its end. Throws with its output where it fails. */
  async run(command: string): Promise<string> {
    const child = spawn("bash", ["-c", command], { cwd: this.cwd, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${command}\nended with ${code}:\n${output}${errors}`);
    return output;
  }

  /** `export NAME=value`, for all that follows. */
  async export(command: string): Promise<void> {
    const name = /^export (\w+)=/.exec(command)?.[1];
    if (name === undefined) throw new Error(`This is no export: ${command}`);
    this.env[name] = await this.run(`${command}; printf %s "$${name}"`);
  }

  start(command: string): Running {
    const running = new Running(command, this.cwd, this.env);
    this.running.push(running);
    return running;
  }

  /** Another terminal with the same variables at present. */
  another(): Terminal {
    return new Terminal(this.cwd, { ...this.env });
  }

  async close(): Promise<void> {
    await Promise.all(this.running.map((running) => running.stop()));
  }
}
