import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeAll, expect, test } from "vitest";
import { startEmbedded } from "../../src/db/embedded.ts";
import { ServerUse } from "../../src/db/server-use.ts";

const folder = mkdtempSync(join(tmpdir(), "herald-embedded-"));
const pidFile = join(folder, "postgres/postmaster.pid");
const running = () => existsSync(pidFile);

beforeAll(async () => {
  for (const name of ["postgres.new", "postgres.new-999999999-x", `postgres.new-${process.ppid}-x`]) {
    mkdirSync(join(folder, name, "base"), { recursive: true });
  }
  await (await startEmbedded(folder)).leave();
  return () => rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => await (await startEmbedded(folder)).stop());

test("what a start left that was killed is removed, and what one is making now is not", () => {
  expect(readdirSync(folder).filter((name) => name.startsWith("postgres.new"))).toEqual([
    `postgres.new-${process.ppid}-x`,
  ]);
});

test("the server stays while somebody uses it, and the last one to leave stops it", async () => {
  const first = await startEmbedded(folder);
  const second = await startEmbedded(folder);
  expect([first.adopted, second.adopted]).toEqual([false, true]);
  await first.leave();
  expect(running()).toBe(true);
  await second.leave();
  expect(running()).toBe(false);
});

test("of two that leave at the same moment one stops it", async () => {
  const [first, second] = await Promise.all([startEmbedded(folder), startEmbedded(folder)]);
  await Promise.all([first.leave(), second.leave()]);
  expect(running()).toBe(false);
});

test("somebody who is only connected keeps it; and while it is about to be stopped nobody begins to use it", async () => {
  const { config, leave } = await startEmbedded(folder);
  const person = new pg.Client(config);
  await person.connect();
  await leave();
  expect(running()).toBe(true);
  await person.query("select 1");
  await person.end();

  const last = (await ServerUse.begin(config)) as ServerUse;
  expect(await last.isLast()).toBe(true);
  expect(await ServerUse.begin(config)).toMatchObject({ message: expect.stringContaining("about to stop") });
  await last.end();
  const next = (await ServerUse.begin(config)) as ServerUse;
  expect(next).toBeInstanceOf(ServerUse);
  await next.end();
});

test("who begins while it is being stopped starts it again", async () => {
  const stopping = (await startEmbedded(folder)).leave();
  const next = await startEmbedded(folder);
  await stopping;
  const client = new pg.Client(next.config);
  await client.connect();
  expect((await client.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  await client.end();
});

test("a server that was killed is started again and is in use again, also by those who didn't start it", async () => {
  const first = await startEmbedded(folder);
  const second = await startEmbedded(folder);
  const client = new pg.Client(first.config);
  client.on("error", () => {});
  await client.connect();
  const ended = new Promise((done) => client.once("end", done));
  process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGKILL");
  await ended;
  await first.ensureRunning();
  await second.leave();
  expect(running()).toBe(true);
  const third = await startEmbedded(folder);
  await first.leave();
  expect(running()).toBe(true);
  await third.leave();
  expect(running()).toBe(false);
});

test("after a restart by another process the last one to leave stops it all the same", async () => {
  const first = await startEmbedded(folder);
  const second = await startEmbedded(folder);
  await first.stop();
  const third = await startEmbedded(folder);
  const person = new pg.Client(third.config);
  await person.connect();
  await third.leave();
  await person.end();
  expect(running()).toBe(true);
  await second.leave();
  expect(running()).toBe(false);
});
