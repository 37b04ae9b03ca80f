import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/**
 * Imports point one way. Each folder of server/src names the folders that its files may import from (and itself); the
 * files directly in src are the composition root and may import everything.
 */
const mayImport: Record<string, readonly string[]> = {
  domain: [],
  // Knows nothing of what it runs.
  background: [],
  db: ["domain"],
  outbox: ["domain", "db"],
  channels: ["domain"],
  // Knows nothing of Herald: texts in, texts out.
  expressions: [],
  // Knows nothing of Herald: files in, texts out.
  documents: [],
  destinations: ["background", "domain", "db", "outbox", "expressions"],
  campaigns: ["background", "domain", "db", "outbox", "channels"],
  // Writes under profiles; what it writes is sent as everything else is.
  assistant: ["background", "domain", "db", "outbox", "campaigns"],
  // Copies the log and chains it.
  audit: ["domain", "db"],
  // Tools for agents: a client of the API, which serves it.
  mcp: [],
  // Counts the log.
  analytics: ["domain", "db"],
  // Forgets people, and shows them what there is about them.
  privacy: ["background", "domain", "db"],
  // What comes in acts on leads and sequences.
  sources: ["background", "domain", "db", "channels", "expressions", "campaigns"],
  // Files for a browser; it knows nothing of Herald.
  dashboard: [],
  api: [
    "assistant",
    "audit",
    "privacy",
    "dashboard",
    "domain",
    "db",
    "outbox",
    "channels",
    "destinations",
    "sources",
    "campaigns",
    "documents",
    "expressions",
    "mcp",
    "config.ts",
    "metrics.ts",
  ],
  // The fake peers judge Herald from outside: they know nothing of it.
  loopback: [],
  // The demo is a client of the command line, and a command of it (loaded when it is called).
  demo: ["loopback", "cli"],
  cli: [
    "assistant",
    "domain",
    "db",
    "audit",
    "analytics",
    "privacy",
    "sources",
    "campaigns",
    "demo",
    "api",
    "mcp",
    "config.ts",
    "herald.ts",
    "metrics.ts",
    "open-database.ts",
    "secret-key.ts",
  ],
};

const root = resolve(import.meta.dirname, "../src");

function imports(source: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => match[1]!);
}

/** What is wrong with the imports of one file, in sentences. */
function violations(file: string, source: string): string[] {
  const place = relative(root, file);
  const folder = place.includes("/") ? place.split("/")[0]! : null;
  if (folder === null) return [];
  const allowed = mayImport[folder];
  if (!allowed)
    return [
      `${place}: the folder ${folder} has no rule; give it one in ${relative(resolve(root, ".."), import.meta.filename)}`,
    ];
  return imports(source).flatMap((specifier) => {
    const target = relative(root, resolve(dirname(file), specifier)).split("/")[0]!;
    return target === folder || allowed.includes(target)
      ? []
      : [`${place} imports ${specifier}: ${folder} may not know ${target}`];
  });
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

test("imports point one way", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((name) => violations(join(root, name), readFileSync(join(root, name), "utf8")))).toEqual([]);
});

test("a planted violation of each rule is found", () => {
  for (const [folder, allowed] of Object.entries(mayImport)) {
    for (const other of Object.keys(mayImport)) {
      if (other === folder || allowed.includes(other)) continue;
      const source = `import { x } from "../${other}/x.ts";\nconst y = await import("../${other}/y.ts");`;
      expect(violations(join(root, folder, "planted.ts"), source), `${folder} -> ${other}`).toHaveLength(2);
    }
  }
});

test("no pattern switches its flags in the middle: V8 reads such a part wrongly once it optimizes no more patterns", () => {
  const switches = /\(\?(?:[ims]+(?:-[ims]+)?|-[ims]+):/;
  expect(switches.test("(?i:a)") && switches.test("(?-i:a)") && !switches.test("(?:i)(?<i>a)(?!i:)")).toBe(true);
  // What stands in a comment about it isn't one.
  const code = (name: string) => readFileSync(join(root, name), "utf8").replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, "");
  expect(files.filter((name) => switches.test(code(name)))).toEqual([]);
});
