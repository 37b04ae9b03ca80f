import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative } from "node:path";

/**
 * Makes `dist`, which is what the npm package runs: Node takes no TypeScript below node_modules. The compiler's output,
 * and beside it everything that is read at run time.
 */
const here = import.meta.dirname;
const source = join(here, "src");
const output = join(here, "dist");

rmSync(output, { recursive: true, force: true });
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const compiled = spawnSync(process.execPath, [compiler, "-p", join(here, "tsconfig.build.json")], { stdio: "inherit" });
// The compiler has said what is wrong.
if (compiled.status !== 0) process.exit(1);

// Migrations, and whatever else lies beside the code and isn't code.
for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || extname(entry.name) === ".ts") continue;
  const from = join(entry.parentPath, entry.name);
  const to = join(output, relative(source, from));
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
// The dashboard, which `src/dashboard/built-site.ts` finds there.
const dashboard = join(here, "../dashboard");
const built = spawnSync(process.execPath, [join(dashboard, "build.ts"), "--if-stale"], { stdio: "inherit" });
if (built.status !== 0) process.exit(1);
cpSync(join(dashboard, "dist"), join(output, "site"), { recursive: true });
// For `herald demo`.
cpSync(join(here, "../examples"), join(output, "examples"), { recursive: true });
copyFileSync(join(here, "../LICENSE"), join(here, "LICENSE"));
