import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compileFunction, createContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outdated } from "../scripts/generate.ts";

/** The package as it would be published, installed in a folder that has nothing else. */
const sdk = join(import.meta.dirname, "..");
let folder: string;
let app: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "herald-sdk-"));
  app = join(folder, "app");
  run(sdk, "npm", "pack", "--silent", "--pack-destination", folder);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"name": "app", "private": true}\n');
  run(app, "npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", join(folder, archive));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

test("the package has its licence, its readme and what was built, and needs nothing", () => {
  const installed = join(app, "node_modules/@herald/sdk");
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  expect(readdirSync(join(app, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["@herald"]);
  for (const kind of ["esm", "cjs"])
    for (const file of readdirSync(join(installed, "dist", kind)).filter((name) => name.endsWith(".js")))
      expect(readFileSync(join(installed, "dist", kind, file), "utf8")).not.toMatch(/(from |require\()["'](?!\.)/);
});

test("it is imported as an ES module and by require, and verifies in both", () => {
  const use = `.verify({ headers: { "x-signature-sha256": "0".repeat(64) }, body: "{}" }, "secret").catch((error) => console.log(error.code, typeof client.createClient))`;
  writeFileSync(
    join(app, "a.mjs"),
    `import * as sdk from "@herald/sdk"; import * as client from "@herald/sdk/client"; sdk${use};`,
  );
  writeFileSync(
    join(app, "b.cjs"),
    `const sdk = require("@herald/sdk"); const client = require("@herald/sdk/client"); sdk${use};`,
  );
  expect(run(app, process.execPath, "a.mjs")).toBe("wrong_signature function");
  expect(run(app, process.execPath, "b.cjs")).toBe("wrong_signature function");
});

test("it needs nothing but what the web's runtimes have, and takes requests of another realm", async () => {
  const dist = join(app, "node_modules/@herald/sdk/dist/cjs");
  const web = {
    crypto,
    TextEncoder,
    TextDecoder,
    Headers,
    Request,
    Response,
    URL,
    atob,
    btoa,
    fetch,
    AbortSignal,
    console,
  };
  const edge = createContext({ ...web, setTimeout, clearTimeout });
  const modules = new Map<string, { exports: Record<string, unknown> }>();
  const load = (file: string) => {
    let module = modules.get(file);
    if (!module) {
      module = { exports: {} };
      modules.set(file, module);
      const run = compileFunction(readFileSync(join(dist, file), "utf8"), ["module", "exports", "require"], {
        parsingContext: edge,
      });
      run(module, module.exports, (name: string) => load(name.replace("./", "")));
    }
    return module.exports;
  };
  const { verify } = load("index.js") as unknown as typeof import("../src/index.ts");
  const body = '{"event":"message.sent"}';
  const signature = createHmac("sha256", "a-secret").update(body).digest("hex");
  const headers = new Headers({ "x-signature-sha256": signature });
  // Not the realm's own: only what it can do counts.
  const foreign = { get: (name: string) => headers.get(name) } as unknown as Headers;
  for (const given of [headers, foreign, { "x-signature-sha256": signature }]) {
    const { event } = await verify({ headers: given, body: Buffer.from(body) }, "a-secret", { format: "apten" });
    expect(JSON.stringify(event)).toBe(body);
  }
});

test("the readme's snippets compile against the package's types, as an ES module and as CommonJS", () => {
  const readme = readFileSync(join(sdk, "README.md"), "utf8");
  const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
  expect(snippets).toHaveLength(3);
  const given = `declare const headers: Headers; declare const body: string; declare const secret: string; declare const leadId: string;
declare const process: { env: Record<string, string | undefined> };`;
  for (const [n, snippet] of snippets.entries()) {
    writeFileSync(join(app, `snippet-${n}.mts`), `${given}\n${snippet}\nexport {};\n`);
  }
  const asCommonJs =
    'import sdk = require("@herald/sdk");\nexport const receive = sdk.createReceiver({ secret: "s", onEvent: (event) => event.eventType === "message.sent" && event.data.content.text.length });\n// @ts-expect-error There is no such field.\nexport const wrong = (event: sdk.HeraldEvent) => event.eventType === "message.sent" && event.data.words;\n';
  writeFileSync(join(app, "common.cts"), asCommonJs);
  mkdirSync(join(app, "types"));
  writeFileSync(
    join(app, "types/express.d.ts"),
    'declare module "express" { const make: () => { post(path: string, handler: unknown): void }; export default make; }\n',
  );
  const options = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "dom", "esnext.asynciterable"],
    types: [],
  };
  writeFileSync(
    join(app, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["*.mts", "*.cts", "types/*.d.ts"] }),
  );
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const compile = () => {
    try {
      return run(app, process.execPath, compiler, "-p", ".");
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(compile()).toBe("");
});

test("what is generated from the server's schemas is up to date; else: npm run generate", async () => {
  expect(await outdated()).toEqual([]);
});
