import { compileCacheFolder } from "./compile-cache.ts";

/**
 * V8's flags for a process that runs for long. Left to itself V8 takes 64 MiB twice for what was just made, on a machine with
 * much memory, and lets what outlived that grow to some three times of what is in use before it looks for garbage: with
 * deliveries that wait, nearly all of that is garbage. 16 MiB twice, and twice what is in use, take a third off the peak (docs/architecture.md, Memory).
 */
export const heapFlags: readonly string[] = ["--max-semi-space-size=16", "--heap-growing-percent=100"];

/** Commands that run until they are stopped. */
const lasting = new Set(["start", "worker"]);

/**
 * Gives a command that runs for long a process with these flags: V8 reads them only when it starts, so the process
 * replaces itself, under the same ID, before it has done anything. Not where somebody has chosen a size (on the command
 * line or in NODE_OPTIONS), where the system can't do it (Windows), or in a child that talks to its parent.
 */
export function boundHeap(argv: readonly string[] = process.argv): void {
  const { execve } = process;
  const chosen = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].some((flag) =>
    /semi-space|heap-growing/.test(flag),
  );
  if (chosen || !lasting.has(argv[2] ?? "") || process.platform === "win32" || process.connected) return;
  // Experimental in Node 24, which would say so at each start.
  const flags = [...process.execArgv, ...heapFlags, "--disable-warning=ExperimentalWarning"];
  // Named in the environment it serves for the very first module, too: nothing is stripped of its types, which takes a
  // tenth of the start.
  const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCacheFolder };
  try {
    execve?.(process.execPath, [process.execPath, ...flags, ...argv.slice(1)], env);
  } catch {
    // It goes on as it is, with more memory.
  }
}
