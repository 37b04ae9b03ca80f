import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callCli } from "./call.ts";
import { databaseSettings, temporaryFolder } from "./run.ts";

test("a person is exported to a file of one's own, and erased once that is confirmed", async () => {
  const { db, env } = await databaseSettings();
  await callCli(["leads", "import", "-"], { env, input: "First name,Email\nAda,ada@example.com\n" });
  const file = join(temporaryFolder(), "ada.json");
  expect((await callCli(["leads", "export", "Ada@Example.com", "--output", file], { env })).code).toBe(0);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ lead: { first_name: "Ada" }, messages: [] });
  expect(statSync(file).mode & 0o077).toBe(0);

  const slip = await callCli(["leads", "erase", "ada@example.com"], { env });
  expect(slip).toMatchObject({ code: 2, stderr: expect.stringContaining("--confirm ada@example.com") });
  const erase = ["leads", "erase", "ada@example.com", "--confirm", "ada@example.com", "--json"];
  const done = await callCli(erase, { env });
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ finishedAt: expect.any(String) });
  expect((await db.query("select 1 from lead")).rowCount).toBe(0);
  expect((await db.query("select address, erased_at is not null as erased from suppression")).rows).toEqual([
    { address: null, erased: true },
  ]);
});
