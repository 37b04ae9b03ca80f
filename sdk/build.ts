import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Makes `dist`: the same sources as ES modules and as CommonJS, each with its types. The compiler takes the kind of module
 * from the nearest package.json, so that each is compiled from a copy that has one of its own.
 */
const here = import.meta.dirname;
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const folder = mkdtempSync(join(tmpdir(), "herald-sdk-"));
try {
  rmSync(join(here, "dist"), { recursive: true, force: true });
  for (const [name, type] of [
    ["esm", "module"],
    ["cjs", "commonjs"],
  ] as const) {
    const from = join(folder, name);
    cpSync(join(here, "src"), from, { recursive: true });
    for (const file of readdirSync(from)) {
      // Declarations of CommonJS can't import `.ts`, and rewriting the ending is for what is emitted alone.
      const path = join(from, file);
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
    }
    writeFileSync(join(from, "package.json"), JSON.stringify({ type }));
    const options = {
      ...{ target: "es2022", lib: ["es2022", "dom", "dom.iterable"], module: "nodenext", moduleResolution: "nodenext" },
      ...{ strict: true, declaration: true, noEmitOnError: true, skipLibCheck: true, types: [] },
      ...{ rootDir: ".", outDir: join(here, "dist", name) },
    };
    writeFileSync(join(from, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    const compiled = spawnSync(process.execPath, [compiler, "-p", from], { stdio: "inherit" });
    // The compiler has said what is wrong.
    if (compiled.status !== 0) process.exit(1);
    writeFileSync(join(here, "dist", name, "package.json"), `${JSON.stringify({ type })}\n`);
  }
  copyFileSync(join(here, "../LICENSE"), join(here, "LICENSE"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
