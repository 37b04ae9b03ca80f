import { Readable } from "node:stream";
import { run } from "../../src/cli/program.ts";
import type { Finished, Settings } from "./run.ts";

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/**
 * Does what a command line says within the tests' own process, which has its modules loaded already: a process of its own
 * spends a second of processor time on that. For commands that come to their end. What is about the process itself (signals,
 * pipes, what it leaves open) needs `runCli`.
 */
export async function callCli(
  args: readonly string[],
  { env = {}, input = "" }: Pick<Settings, "env" | "input"> = {},
): Promise<Finished> {
  const said = { stdout: "", stderr: "" };
  const { argv, exit, env: around } = process;
  const kept = { exitCode: process.exitCode, stdin: Object.getOwnPropertyDescriptor(process, "stdin")! };
  const { stdout, stderr } = process;
  const written = { stdout: stdout.write, stderr: stderr.write };
  const into =
    (name: "stdout" | "stderr") =>
    (piece: string | Uint8Array, ...rest: unknown[]): boolean => {
      said[name] += typeof piece === "string" ? piece : Buffer.from(piece).toString();
      const told = rest.find((each) => typeof each === "function") as (() => void) | undefined;
      if (told) queueMicrotask(told);
      return true;
    };
  const { HERALD_LOG_LEVEL: _, ...inherited } = around;
  process.argv = ["node", "herald", ...args];
  process.env = { ...inherited, ...env };
  process.exitCode = undefined;
  process.exit = ((code?: number) => {
    throw new Exit(code ?? 0);
  }) as typeof process.exit;
  Object.defineProperty(process, "stdin", {
    value: Readable.from(input === "" ? [] : [Buffer.from(input)]),
    configurable: true,
  });
  stdout.write = into("stdout") as typeof stdout.write;
  stderr.write = into("stderr") as typeof stderr.write;
  try {
    await run();
    return { code: Number(process.exitCode ?? 0), ...said };
  } catch (error) {
    if (error instanceof Exit) return { code: error.code, ...said };
    throw error;
  } finally {
    stdout.write = written.stdout;
    stderr.write = written.stderr;
    Object.defineProperty(process, "stdin", kept.stdin);
    Object.assign(process, { argv, exit, env: around });
    process.exitCode = kept.exitCode;
  }
}
