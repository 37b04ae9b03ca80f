import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSender } from "../factories.ts";
import { callCli } from "./call.ts";
import { databaseSettings, temporaryFolder } from "./run.ts";

const root = join(import.meta.dirname, "../../..");
const example = join(root, "examples/campaign.yaml");

function fileWith(text: string): string {
  const path = join(temporaryFolder(), "campaign.yaml");
  writeFileSync(path, text);
  return path;
}

test("a file makes a draft; applied again it changes nothing, whatever the order of its fields", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const tried = await callCli(["campaigns", "apply", example, "--dry-run"], settings);
  expect(tried).toMatchObject({ code: 0, stdout: '"Founders in Berlin" would be created, with 5 steps.\n' });
  expect((await db.query("select 1 from campaign")).rowCount).toBe(0);

  const made = await callCli(["campaigns", "apply", example, "--json"], settings);
  expect(JSON.parse(made.stdout)).toMatchObject({ key: "founders-berlin", created: true, status: "draft" });
  const state = async () =>
    (await db.query("select c.*, (select json_agg(s order by position) from step s) as steps from campaign c")).rows;
  const before = await state();
  expect(before).toHaveLength(1);

  const again = await callCli(["campaigns", "apply", example], settings);
  expect(again.stdout).toMatch(/^"Founders in Berlin" \(camp_\w+, draft\) is as the file says: nothing to change\.\n$/);
  const asJson = JSON.stringify((await import("yaml")).parse(readFileSync(example, "utf8")), (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  );
  const reversed = await callCli(["campaigns", "apply", "-"], { ...settings, input: asJson });
  expect(reversed.stdout).toContain("nothing to change");
  expect(await state()).toEqual(before);
});

test("a changed file changes just that; steps keep their IDs by their keys, and what is left out gets its default", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const first = { key: "x", name: "X", limits: { messagesPerDay: 5 }, steps: [step("a"), step("b"), step("c")] };
  await callCli(["campaigns", "apply", fileWith(JSON.stringify(first))], settings);
  const ids = async () =>
    Object.fromEntries(
      (await db.query<{ key: string; id: string }>("select key, id from step")).rows.map((s) => [s.key, s.id]),
    );
  const before = await ids();
  const second = { key: "x", name: "X", steps: [step("c"), { ...step("a"), text: "new" }, step("d")] };
  const { stdout } = await callCli(["campaigns", "apply", fileWith(JSON.stringify(second)), "--json"], settings);
  expect(JSON.parse(stdout)).toMatchObject({
    created: false,
    changes: ["limits", "steps.c", "steps.a", "steps.d", "steps.b"],
  });
  const after = await ids();
  expect(after).toEqual({ a: before.a, c: before.c, d: expect.any(String) });
  expect((await db.query("select limits ->> 'messagesPerDay' as cap from campaign")).rows).toEqual([{ cap: null }]);
});

const step = (key: string) => ({ key, channel: "sms", text: key });

test("each mistake is named with its line, and nothing is changed by a file that has one", async () => {
  const settings = await databaseSettings();
  const file = fileWith(
    [
      "key: x",
      "name: X",
      "senders: [Nobody]",
      "steps:",
      "  - key: a",
      "    channel: sms",
      "    text: hello",
      "    delay: 146000d",
      "  - key: b",
      "    channel: sms",
      "    if: { replied: true }",
      "    else:",
      "      goTo: a",
      "    text: hi",
    ].join("\n"),
  );
  const noSender = await callCli(["campaigns", "apply", file], settings);
  expect(noSender.code).toBe(1);
  expect(noSender.stderr).toContain("line 3: senders.0: There is no sender Nobody in this workspace.");

  writeFileSync(file, readFileSync(file, "utf8").replace("[Nobody]", "[]"));
  const wrong = await callCli(["campaigns", "apply", file], settings);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain(
    "can't be applied; nothing was changed.\n  line 8: steps.0.delay: A delay is at most a year",
  );
  expect(wrong.stderr).toContain("\n  line 13: steps.1.else.goTo: Step 1 doesn't come after step 2");
  expect((await settings.db.query("select 1 from campaign")).rowCount).toBe(0);
});

test.each([
  ["steps:\n  - {channel: sms", 1, /line 2, column \d+: /],
  ["- a list", 1, /is no campaign/],
  ["name: X\nsteps: []", 1, /key: This is required/],
  ["key: x\nname: X\nsteps:\n  - channel: sms\n    text: a", 1, /line 4: steps\.0\.key: This is required/],
])("what is no campaign is refused: %j", async (text, code, reason) => {
  const { stderr, ...rest } = await callCli(["campaigns", "apply", fileWith(text)], await databaseSettings());
  expect(rest.code).toBe(code);
  expect(stderr).toMatch(reason);
});

test("senders are found by name, and one name of two is refused", async () => {
  const settings = await databaseSettings();
  const { rows } = await settings.db.query<{ id: string }>(
    "insert into workspace (id, name) values ('ws_1', 'W') returning id",
  );
  const workspaceId = rows[0]!.id;
  const id = await makeSender(settings.db, workspaceId, "sms");
  const file = fileWith(
    `key: x\nname: X\nsenders: [Test]\nsenderWeights: {Test: 3}\nsteps: [{key: a, channel: sms, text: a}]`,
  );
  const made = await callCli(["campaigns", "apply", file, "--workspace", workspaceId], settings);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const stored = await settings.db.query("select sender_ids, sender_weights from campaign");
  expect(stored.rows).toEqual([{ sender_ids: [id], sender_weights: { [id]: 3 } }]);
  await makeSender(settings.db, workspaceId, "sms");
  const twice = await callCli(["campaigns", "apply", file, "--workspace", workspaceId], settings);
  expect(twice.stderr).toContain("2 senders are called Test; give the ID:");
});

test("the schema in the documentation is the one that the program prints", async () => {
  const { stdout } = await callCli(["campaigns", "schema"]);
  expect(readFileSync(join(root, "docs/campaign.schema.json"), "utf8")).toBe(stdout);
  expect(JSON.parse(stdout)).toMatchObject({
    type: "object",
    required: expect.arrayContaining(["key", "name", "steps"]),
  });
});

test("a folder's files are applied together, and none of them where one has a mistake", async () => {
  const settings = await databaseSettings();
  const folder = temporaryFolder();
  const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
  const apply = (...options: string[]) => callCli(["campaigns", "apply", folder, ...options], settings);
  expect((await apply()).stderr).toContain(`${folder} is a folder without campaigns`);

  write("a.yaml", { key: "a", name: "A", steps: [step("x")] });
  write("b.json", { key: "b", name: "B", steps: [step("x")], senders: ["nobody"] });
  // What lies beside them, as an editor and `campaigns schema` leave it there.
  for (const name of ["campaign.schema.json", ".c.yaml.swp", ".c.yaml", "notes.md"]) write(name, { no: "campaign" });
  const refused = await apply();
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain(
    `${join(folder, "b.json")} can't be applied; nothing was changed.\n  line 1: senders.0`,
  );
  const keys = async () =>
    (await settings.db.query<{ key: string }>("select key from campaign order by key")).rows.map(({ key }) => key);
  expect(await keys()).toEqual([]);

  write("b.json", { key: "a", name: "B", steps: [step("x")] });
  expect((await apply()).stderr).toContain('have the same key, "a"; nothing was changed.');
  write("b.json", { key: "b", name: "B", steps: [step("x")] });
  expect((await apply("--dry-run")).stdout).toBe(
    '"A" would be created, with 1 step.\n"B" would be created, with 1 step.\n',
  );
  expect(await keys()).toEqual([]);
  const made = (await apply("--json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(made).toMatchObject([
    { key: "a", created: true },
    { key: "b", created: true },
  ]);
  expect(await keys()).toEqual(["a", "b"]);
});
