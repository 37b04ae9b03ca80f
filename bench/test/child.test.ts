import { once } from "node:events";
import { expect, it } from "vitest";
import { startChild } from "../src/child.ts";
import type { ReceiverCalls } from "../src/receiver.ts";
import { webhookSecret } from "../src/sample.ts";

const file = new URL("../src/receiver.ts", import.meta.url);
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it("a child has ended when stop resolves, and refuses calls from then on", async () => {
  const child = await startChild<ReceiverCalls>(file, { secret: webhookSecret });
  expect(alive(child.pid)).toBe(true);
  await child.stop();
  expect(alive(child.pid)).toBe(false);
  await expect(child.call("url", undefined)).rejects.toThrow("has ended");
});

it("a call is rejected when the child dies before it answers", async () => {
  const child = await startChild<ReceiverCalls>(file, { secret: webhookSecret });
  const answer = child.call("waitFor", 1);
  process.kill(child.pid, "SIGKILL");
  await expect(answer).rejects.toThrow("ended early (SIGKILL)");
});

it("a child that can't be set up rejects with its own words", async () => {
  await expect(startChild(file, { secret: undefined })).rejects.toThrow("needs a secret");
});

it("the command line refuses a benchmark that there is not", async () => {
  const { spawn } = await import("node:child_process");
  const main = spawn(process.execPath, [new URL("../src/main.ts", import.meta.url).pathname, "nothing"], {
    stdio: "ignore",
  });
  expect(await once(main, "exit")).toEqual([2, null]);
});
