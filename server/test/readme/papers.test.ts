import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { deliverySchedule, messageSchedule } from "../../src/domain/backoff.ts";
import { anchors, fencedBlocks, inlineCode, linkTargets, tableRows } from "./markdown.ts";
import { root } from "./shell.ts";

/** What the papers say against what the code says. */

const papers = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

test.each(papers)("no link in %s is dead", (paper) => {
  const dead = linkTargets(read(paper)).filter((target) => {
    if (/^(https?|mailto):/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? paper : join(dirname(paper), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchors(read(file)).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(papers)("each file and folder that %s names exists", (paper) => {
  const named = inlineCode(read(paper)).filter((code) => /^(server|sdk|bench|examples|docs)\/[\w./-]+$/.test(code));
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("a planted dead link and a planted dead anchor are found", () => {
  const text =
    "[a](nowhere.md) ![b](pictures/none.png) `server/src/none.ts`\n\n```sh\n[c](d)\n```\n\n## Two Words, here";
  expect(linkTargets(text)).toEqual(["nowhere.md", "pictures/none.png"]);
  expect(inlineCode(text)).toEqual(["server/src/none.ts"]);
  expect(anchors(text)).toEqual(["two-words-here"]);
});

test("the configuration table has every variable of config.ts and no other, with its default", () => {
  const source = read("server/src/config.ts");
  const known = new Set([...source.matchAll(/\b(HERALD_[A-Z_]+|DATABASE_URL)\b/g)].map((match) => match[1]!));
  const rows = tableRows(readme, "variable", "meaning", "default");
  const table = new Map(rows.map(([name, , value]) => [name!.replaceAll("`", ""), value!]));
  expect([...table.keys()].sort()).toEqual([...known].sort());

  const config = loadConfig({});
  const defaults: Record<string, unknown> = {
    HERALD_HOST: config.host,
    HERALD_PORT: config.port,
    HERALD_DATABASE_CONNECTIONS: config.databaseConnections,
    HERALD_ALLOW_PRIVATE_DESTINATIONS: config.allowPrivateDestinations,
    HERALD_RECONCILE_AFTER_SECONDS: config.reconcileAfterMs / 1_000,
    HERALD_POLL_MINUTES: config.pollEveryMs! / 60_000,
    HERALD_LOG_LEVEL: config.logLevel,
  };
  for (const [name, value] of Object.entries(defaults)) expect(table.get(name), name).toMatch(`\`${value}\``);
  expect(loadConfig({ HERALD_HOST: "0.0.0.0" }).allowPrivateDestinations).toBe(false);
  // A worker doesn't know how the API beside it listens.
  expect(loadConfig({}, { serves: false }).allowPrivateDestinations).toBe(false);
  expect(join(process.cwd(), table.get("HERALD_DATA")!.replaceAll("`", ""))).toBe(config.dataDir);
  expect(config.databaseUrl).toBeNull();
  expect(table.get("DATABASE_URL")).toBe("none");
});

/** `5 s, 30 s, 2 min and 1 h`. */
function inWords(schedule: readonly number[]): string {
  const words = schedule.map((ms) => {
    if (ms < 60_000) return `${ms / 1_000} s`;
    return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
  });
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

test("the retry schedules that are told are those of the code", () => {
  const text = read("docs/production.md").replace(/\s+/g, " ");
  expect(text).toContain(`tried again after ${inWords(deliverySchedule)}, plus up to a fifth`);
  expect(text).toContain(`tried again after ${inWords(messageSchedule)}.`);
});

test("the handlers in the README stand in the example files, word for word", () => {
  const examples = ["express", "fastify"].map((name) => read(`examples/handlers/${name}.mjs`));
  const shown = fencedBlocks(readme).filter(({ language }) => language === "js");
  expect(shown).toHaveLength(2);
  for (const [i, { text }] of shown.entries()) expect(examples[i]).toContain(text);
});

test("the README names each benchmark that there is", () => {
  const run = spawnSync(process.execPath, [join(root, "bench/src/main.ts"), "none"], { encoding: "utf8" });
  const names = /NAME is one of ([\w, ]+)/.exec(run.stderr)?.[1]?.split(", ");
  const commands = tableRows(readme, "command", "one item is").map(([command]) => command);
  expect(commands).toEqual(names?.map((name) => `\`npm run -s bench -- ${name}\``));
});

test("npm scripts that the papers name exist", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = papers.flatMap((paper) =>
    [...read(paper).matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name!),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("the versions in package.json and CHANGELOG.md are the same", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const newest = [...read("CHANGELOG.md").matchAll(/^## \[(\d[^\]]*)\]/gm)][0]?.[1];
  expect(newest).toBe(version);
});
