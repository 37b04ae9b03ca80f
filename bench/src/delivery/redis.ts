import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

/** A Redis for BullMQ, on a Unix socket, without persistence: nothing of it touches a disk. */
export interface RedisServer {
  socket: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the machine's `redis-server`; null where none is installed, or no client for it (the package `ioredis`). */
export async function redisServer(folder: string): Promise<RedisServer | null> {
  const program = (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, "redis-server"))
    .find(existsSync);
  if (program === undefined || !hasClient()) return null;
  const socket = join(folder, "redis.sock");
  const child = spawn(program, ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    socket,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

/** BullMQ brings no client of its own: it takes `ioredis` where that is installed. */
function hasClient(): boolean {
  try {
    createRequire(import.meta.url).resolve("ioredis");
    return true;
  } catch {
    return false;
  }
}
