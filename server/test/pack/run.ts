import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * Whether the npm package works for somebody who has nothing else: packs it, installs it in an empty folder, and runs it
 * there, on whatever Node the machine has. Needs the registry, and so is no part of `npm test`: `npm run test:pack`.
 */
const server = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "herald-pack-"));
const app = join(folder, "app");

/** Without what npm puts there for this script: the project's own Node, tools and settings are not the user's. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) && !/^(NODE|INIT_CWD|NODE_PATH)$/.test(name)),
);
env.PATH = (env.PATH ?? "")
  .split(delimiter)
  .filter((path) => !path.includes("node_modules"))
  .join(delimiter);

function run(cwd: string, command: string, ...args: string[]): string {
  console.log(`$ ${command} ${args.join(" ")}`);
  const output = execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return output.trim();
}

function check(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`Not so: ${claim}`);
  console.log(`  ok: ${claim}`);
}

try {
  run(server, "npm", "pack", "--silent", "--pack-destination", folder);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const files = run(folder, "tar", "-tf", archive).split("\n");
  check(
    "the package has its licence, its readme and the demo's leads",
    ["LICENSE", "README.md", "dist/examples/leads.csv"].every((file) => files.includes(`package/${file}`)),
  );
  check(
    "the package has no sources and no tests",
    !files.some((file) => file.startsWith("package/src/") || file.startsWith("package/test/")),
  );

  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"name": "app", "private": true}\n');
  run(app, "npm", "install", "--silent", "--no-audit", "--no-fund", join(folder, archive));
  check(
    `herald --help works on Node ${run(app, "node", "--version")}`,
    run(app, "npx", "herald", "--help").includes("herald demo"),
  );
  const numbers: unknown = JSON.parse(run(app, "npx", "herald", "demo", "--json").split("\n").at(-1) ?? "");
  check(
    "herald demo ends with its numbers",
    typeof numbers === "object" && numbers !== null && "duplicates" in numbers && numbers.duplicates === 0,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
