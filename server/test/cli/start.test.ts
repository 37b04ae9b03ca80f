import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { heapFlags } from "../../src/cli/heap.ts";
import { databaseSettings, outputOf, runCli, spawnCli, temporaryFolder } from "./run.ts";

const ready = /API +(http:\S+)\n/;

test("the first start makes a workspace and a key that works, shows it once, and stops in order on SIGTERM", async () => {
  const { env, db } = await databaseSettings();
  const child = spawnCli(["start", "--port", "0"], { env });
  const output = outputOf(child);
  const key = (await output.until(/(hk_live_[\w-]{43})\n/))[1]!;
  const url = (await output.until(ready))[1];
  expect((await fetch(`${url}/v1/api-keys`, { headers: { "x-api-key": key } })).status).toBe(200);
  expect((await fetch(`${url}/v1/api-keys`, { headers: { "x-api-key": "hk_live_x" } })).status).toBe(401);
  // The process has replaced itself, under its ID.
  if (process.platform === "linux")
    expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8").split("\0")).toEqual(
      expect.arrayContaining([...heapFlags]),
    );
  child.kill("SIGTERM");
  expect(await output.finished()).toMatchObject({ code: 0 });
  expect((await db.query("select 1 from worker")).rowCount).toBe(0);

  const again = spawnCli(["start", "--port", "0"], { env });
  const second = outputOf(again);
  await second.until(/as before; make another one with: herald keys create/);
  expect(second.said.stdout).not.toContain("hk_live_");
  again.kill("SIGINT");
  expect((await second.finished()).code).toBe(0);
  expect((await db.query("select 1 from workspace")).rowCount).toBe(1);
});

test("a port that is taken is said in one sentence, and the database that was started for it is stopped again", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const data = temporaryFolder();
  const { code, stdout, stderr } = await runCli(["start", "--port", String(port), "--data", data]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(
    `herald: Port ${port} on 127.0.0.1 is taken by another program; stop it or start Herald with --port N.`,
  );
  expect(existsSync(join(data, "postgres/PG_VERSION"))).toBe(true);
  expect(existsSync(join(data, "postgres/postmaster.pid"))).toBe(false);
});

test("with --stop-with-input it stops as soon as the program that started it is gone", async () => {
  const { env } = await databaseSettings();
  const child = spawnCli(["start", "--port", "0", "--stop-with-input"], { env });
  const output = outputOf(child);
  await output.until(ready);
  child.stdin!.end();
  expect((await output.finished()).code).toBe(0);
});

test("it goes on when whoever read its output is gone", async () => {
  const { env } = await databaseSettings();
  const child = spawnCli(["start", "--port", "0"], { env: { ...env, HERALD_LOG_LEVEL: "debug" } });
  const output = outputOf(child);
  const url = (await output.until(ready))[1];
  child.stdout!.destroy();
  child.stderr!.destroy();
  for (let n = 0; n < 3; n++) expect((await fetch(`${url}/v1/events`)).status).toBe(401);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a worker enters itself, serves nothing, and leaves when it is told to stop", async () => {
  const { env, db } = await databaseSettings();
  const child = spawnCli(["worker"], { env });
  const output = outputOf(child);
  await output.until(/Herald is working/);
  expect((await db.query("select 1 from worker")).rowCount).toBe(1);
  child.kill("SIGTERM");
  expect((await output.finished()).code).toBe(0);
  expect((await db.query("select 1 from worker")).rowCount).toBe(0);
});
