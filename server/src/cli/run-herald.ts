import { pino } from "pino";
import type { HeraldConfig } from "../config.ts";
import { Herald } from "../herald.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { codeOf, Failure } from "./failure.ts";
import { onOutputClosed, print } from "./print.ts";
import { stopSignal } from "./stop-signal.ts";

export interface RunOptions {
  roles: { api: boolean; work: boolean };
  /** Runs once everything is up. */
  announce: (herald: Herald) => Promise<void>;
  /** Stops as soon as standard input ends: for programs that start Herald and may be killed. */
  stopWithInput?: boolean;
}

/** Runs a Herald in this process until a signal ends it, then stops it in order. */
export async function runHerald(config: HeraldConfig, { roles, announce, stopWithInput }: RunOptions): Promise<void> {
  const stop = stopSignal();
  if (stopWithInput) process.stdin.on("end", stop.request).on("error", stop.request).resume();
  await prepareDataFolder(config);
  const destination = pino.destination(2);
  // Whoever read its output may be gone: no reason to stop sending.
  destination.on("error", () => {});
  onOutputClosed(() => {});
  const log = pino({ level: config.logLevel }, destination);
  const herald = await Herald.open(config, { log });
  try {
    if (!stop.isRequested) {
      await herald.start(roles).catch((error: unknown) => {
        throw explainListen(error, config);
      });
      await announce(herald);
      await stop.requested;
    }
    print("Stopping: no new work; waiting for what is in flight. Press Ctrl-C again to stop at once.");
  } finally {
    await herald.stop();
  }
  if (stopWithInput) process.stdin.destroy();
  // What was given up on after the time that a stop may take would hold the process.
  process.exit(0);
}

/** Why an address can't be listened on, in words. */
function explainListen(error: unknown, { host, port }: HeraldConfig): unknown {
  const fail = (message: string) => new Failure(message, { cause: error });
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return fail(`Port ${port} on ${host} is taken by another program; stop it or start Herald with --port N.`);
    case "EACCES":
      return fail(
        `Port ${port} on ${host} needs more rights than this user has; start Herald with --port N above 1023.`,
      );
    case "EADDRNOTAVAIL":
      return fail(`${host} is no address of this machine; start Herald with --host 127.0.0.1 or --host 0.0.0.0.`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail(`There is no host ${host}; start Herald with --host and an address of this machine.`);
    default:
      return error;
  }
}
