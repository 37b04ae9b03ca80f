import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const main = fileURLToPath(new URL("../../src/loopback/main.ts", import.meta.url));

async function run(peer: string, options: object): Promise<{ child: ChildProcess; ready: Record<string, string> }> {
  const child = spawn(process.execPath, [main, peer, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(child.stdout!, "data");
  return { child, ready: JSON.parse(String(line)) };
}

test("a receiver in a process of its own says where it listens, serves its counts, and ends with its parent", async () => {
  const { child, ready } = await run("receiver", { format: "apten", light: true });
  await fetch(ready.url!, { method: "POST", body: "{}" });
  expect(await (await fetch(ready.statsUrl!)).json()).toMatchObject({ received: 1, signaturesValid: 1 });
  child.stdin!.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a mail server in a process of its own serves its counts over HTTP, and ends on SIGTERM", async () => {
  const { child, ready } = await run("smtp", { light: true });
  const socket = connect(Number(ready.port), "127.0.0.1");
  expect(String((await once(socket, "data"))[0])).toMatch(/^220 /);
  expect(await (await fetch(ready.statsUrl!)).json()).toMatchObject({ accepted: 0, connections: 1 });
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
