import { fork } from "node:child_process";
import { once } from "node:events";
import { heapFlags } from "../../server/src/cli/heap.ts";

/**
 * Child processes with calls into them. Each contestant of a benchmark has a process of its own, so that no heap, no
 * compiled code and no event loop is shared, and so that its CPU time and memory are its own.
 */

export type Calls = Record<string, (argument: never) => unknown>;

export interface Child<C extends Calls> {
  pid: number;
  /** Rejects with the child's error, or when the child ends before it answers. */
  call<Name extends keyof C & string>(
    name: Name,
    argument: Parameters<C[Name]>[0],
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  /** Asks the child to close what it has open and to end; kills it when it hasn't within ten seconds. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type ToChild = { id: number; name: string; argument: unknown };
type FromChild = { id: number; result?: unknown; error?: string };

/** Starts a file that calls `serve`, with these settings. Resolves when it is ready. */
export async function startChild<C extends Calls>(file: URL, settings: unknown): Promise<Child<C>> {
  // As `herald start` runs it.
  const execArgv = file.pathname.endsWith("/herald.ts") ? [...process.execArgv, ...heapFlags] : process.execArgv;
  const child = fork(file, { execArgv, serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const exited = once(child, "exit").then(([code, signal]) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file.pathname} ended early (${signal ?? code}).`));
    waiting.clear();
  });
  child.on("message", ({ id, result, error }: FromChild) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  const call = (name: string, argument: unknown): Promise<unknown> => {
    if (!child.connected) return Promise.reject(new Error(`${file.pathname} has ended.`));
    const id = ++lastId;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    child.send({ id, name, argument } satisfies ToChild);
    return answer;
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(timer);
  };
  try {
    await call("setUp", settings);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid!, call: call as Child<C>["call"], stop, [Symbol.asyncDispose]: stop };
}

/** The child's side. It ends when its parent has gone or let go of it. */
export function serve<Settings, C extends Calls>(
  setUp: (settings: Settings) => Promise<{ calls: C; close(): Promise<void> }>,
): void {
  let running: { calls: C; close(): Promise<void> } | undefined;
  process.on("message", ({ id, name, argument }: ToChild) => {
    void (async () => {
      const answer: FromChild = { id };
      try {
        if (name === "setUp") running = await setUp(argument as Settings);
        else answer.result = await running?.calls[name]?.(argument as never);
      } catch (error) {
        answer.error = String((error as Error).stack ?? error);
      }
      if (process.connected) process.send?.(answer);
    })();
  });
  process.once("disconnect", () => {
    void (running?.close() ?? Promise.resolve()).finally(() => process.exit());
  });
  // Ctrl-C reaches the whole group; the parent stops its children in order.
  process.on("SIGINT", () => {});
}
