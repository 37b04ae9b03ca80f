import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU time of other processes, from Linux's /proc (proc(5)); elsewhere all figures are null. The kernel counts in ticks
 * of 10 ms, which is below a hundredth of any run here.
 */

const tickMicroseconds = 10_000;

interface Stat {
  parent: number;
  /** User and system time. */
  own: number;
  /** Of children that have ended and were waited for. */
  ended: number;
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may have blanks in it.
    const field = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return { parent: field[1]!, own: field[11]! + field[12]!, ended: field[13]! + field[14]! };
  } catch {
    return null;
  }
}

/** CPU microseconds of a process so far. */
export function cpuOf(pid: number): number | null {
  const stat = statOf(pid);
  return stat && stat.own * tickMicroseconds;
}

/** CPU microseconds of a process and its children, those that have ended included. */
export function cpuOfTree(pid: number): number | null {
  const root = statOf(pid);
  if (!root) return null;
  let ticks = root.own + root.ended;
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (stat?.parent === pid) ticks += stat.own;
  }
  return ticks * tickMicroseconds;
}

/** CPU microseconds of all that runs on this machine: what a virtual machine was kept waiting for counts, too. */
export function cpuOfMachine(): number | null {
  try {
    const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.split(/\s+/);
    const [user, nice, system, , , interrupts, softInterrupts, stolen] = ticks.map(Number);
    return (user! + nice! + system! + interrupts! + softInterrupts! + (stolen ?? 0)) * tickMicroseconds;
  } catch {
    return null;
  }
}

/** Stopwatches over several processes: `read` gives each one's CPU microseconds since the start, for one of `items`. */
export class CpuMeter {
  readonly #sources: Readonly<Record<string, () => number | null>>;
  readonly #begin: Record<string, number | null> = {};

  constructor(sources: Readonly<Record<string, () => number | null>>) {
    this.#sources = sources;
    for (const [name, source] of Object.entries(sources)) this.#begin[name] = source();
  }

  read(): Record<string, number> {
    const spent: Record<string, number> = {};
    for (const [name, source] of Object.entries(this.#sources)) {
      const begin = this.#begin[name];
      const end = source();
      if (end !== null && typeof begin === "number") spent[name] = end - begin;
    }
    return spent;
  }
}
