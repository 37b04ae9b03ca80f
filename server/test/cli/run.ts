import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { testDatabase } from "../database.ts";

export const mainFile = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Settings {
  env?: Record<string, string>;
  /** Given to standard input, which ends after it. */
  input?: string;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "herald-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of one's own, and the settings with which the command line uses it. */
export async function databaseSettings() {
  const database = await testDatabase();
  onTestFinished(() => database.close());
  if (!("host" in database.config)) throw new Error("unreachable");
  const { host, port, user, database: name } = database.config;
  const env = {
    DATABASE_URL: `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host)}&port=${port}`,
    HERALD_DATA: temporaryFolder(),
  };
  return { db: database.db, config: database.config, env };
}

/** Starts the real command in a process of its own. */
export function spawnCli(args: readonly string[], { env = {}, input }: Settings = {}): ChildProcess {
  const { HERALD_LOG_LEVEL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [mainFile, ...args], { env: { ...inherited, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (input !== undefined) child.stdin.end(input);
  return child;
}

/** Collects what a process says; `until` resolves as soon as its standard output matches. */
export function outputOf(child: ChildProcess) {
  const said = { stdout: "", stderr: "" };
  const closed = once(child, "close");
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  return {
    said,
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(said.stdout);
        if (match) return match;
        const ended = await Promise.race([once(child.stdout!, "data").then(() => false), closed.then(() => true)]);
        if (ended && !pattern.test(said.stdout)) throw new Error(`It ended first: ${said.stdout}${said.stderr}`);
      }
    },
    async finished(): Promise<Finished> {
      await closed;
      return { code: child.exitCode, ...said };
    },
  };
}

/** Runs the real command to its end. */
export async function runCli(args: readonly string[], settings: Settings = {}): Promise<Finished> {
  return await outputOf(spawnCli(args, { input: "", ...settings })).finished();
}
