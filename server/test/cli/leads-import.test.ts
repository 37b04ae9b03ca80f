import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { callCli } from "./call.ts";
import { databaseSettings, temporaryFolder } from "./run.ts";

const csv = `First name,Email
Ada,ada@example.com
Bad,nobody@
Ada again,ADA@example.com
Grace,grace@example.com
`;

test("good rows go in, each bad one is reported with its line and reason, and that is a success", async () => {
  const { db, env } = await databaseSettings();
  const folder = temporaryFolder();
  const file = join(folder, "leads.csv");
  const errors = join(folder, "errors.csv");
  writeFileSync(file, csv);
  const { code, stdout } = await callCli(["leads", "import", file, "--errors", errors], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^4 rows in [\d.]+ s: 2 leads added\.$/m);
  expect(stdout).toMatch(/^ {2}line 3: rejected: .*email/m);
  expect(stdout).toMatch(/^ {2}line 4: duplicate: The lead lead_\w+ has this email already\.$/m);
  expect((await db.query("select email from lead order by email")).rows).toEqual([
    { email: "ada@example.com" },
    { email: "grace@example.com" },
  ]);
  const rows: unknown[] = parse(readFileSync(errors), { columns: true });
  expect(rows).toMatchObject([
    { line: "3", kind: "rejected", field: "email", row: "Bad,nobody@" },
    { line: "4", kind: "duplicate", field: "email" },
  ]);
});

test("standard input is read with -, and --json gives the whole report", async () => {
  const { env } = await databaseSettings();
  const { code, stdout } = await callCli(["leads", "import", "-", "--json"], { env, input: csv });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 4, added: 2, duplicates: 1, rejected: 1, enrolled: null });
});

test("only the first 20 findings are printed, and the rest is counted", async () => {
  const { env } = await databaseSettings();
  const input = `email\n${"nobody@\n".repeat(30)}`;
  const { stdout } = await callCli(["leads", "import", "-"], { env, input });
  expect(stdout.match(/^ {2}line \d+: /gm)).toHaveLength(20);
  expect(stdout).toContain("and 10 further ones; write them to a file with --errors");
});

test.each([
  [["/nowhere/leads.csv"], "There is no file /nowhere/leads.csv; check its path."],
  [["/tmp"], "/tmp is a folder; name a CSV file in it."],
  [["-"], "The file is empty."],
  [["-", "--campaign", "camp_x"], "There is no campaign camp_x in this workspace."],
])("leads import %j fails as a whole, in one sentence", async (args, sentence) => {
  const { env } = await databaseSettings();
  expect(await callCli(["leads", "import", ...args], { env })).toEqual({
    code: 1,
    stdout: "",
    stderr: `herald: ${sentence}\n`,
  });
});

test("a country that doesn't exist is wrong usage", async () => {
  expect((await callCli(["leads", "import", "-", "--country", "XX"])).code).toBe(2);
});
