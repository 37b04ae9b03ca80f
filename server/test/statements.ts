import { hash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, inject } from "vitest";

/**
 * Looks at every statement that Herald sends while the tests run, as it would be sent to a sharded database, and fails the
 * test file in which a text comes up first that Citus would refuse (`db/citus-planner.ts`). Each text is looked at once a
 * run, some milliseconds each. What the tests themselves ask is left alone.
 */
interface Sent {
  name: string | undefined;
  text: string;
}
const sent = new Map<string, Sent>();
const folder = join(inject("scratch"), "statements");

function note(statement: unknown): void {
  const text = typeof statement === "string" ? statement : (statement as { text?: unknown } | null)?.text;
  if (typeof text !== "string" || sent.has(text) || !/^\s*(with|select|insert|update|delete|\()/i.test(text)) return;
  // Who asked: the first one who is neither this file nor the pool.
  const caller = callers().find((file) => !/test\/statements\.ts$|src\/db\/pool\.ts$/.test(file));
  if (!caller?.includes("/server/src/")) return;
  sent.set(text, { name: (statement as { name?: string }).name, text });
}

/** The files of those who have called, the nearest first. Their lines aren't looked up, which takes longer than most statements. */
function callers(): string[] {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName() ?? "");
  const files = new Error().stack as unknown as string[];
  Error.prepareStackTrace = prepareStackTrace;
  return files;
}

for (const prototype of [pg.Pool.prototype, pg.Client.prototype] as { query: (...args: unknown[]) => unknown }[]) {
  const { query } = prototype;
  prototype.query = function (...args) {
    note(args[0]);
    return query.apply(this, args);
  };
}

afterAll(async () => {
  const open = [...sent.values()].filter(({ text }) => isFirst(text));
  if (open.length === 0) return;
  const { reasonFor, toCheck } = await import("./db/allowed-statements.ts");
  const { refusals } = await import("./db/citus-planner.ts");
  const client = new pg.Client({ ...inject("postgres"), database: "herald_statements" });
  await client.connect();
  const refused: string[] = [];
  for (const statement of open) {
    if (reasonFor(statement)) continue;
    const text = toCheck(statement.text);
    const found = await refusals(client, text).catch((error: Error) => [error.message]);
    if (found.length > 0) refused.push(`${statement.name ?? "A statement"}: ${found.join("; ")}\n${text}`);
  }
  await client.end();
  if (refused.length > 0)
    throw new Error(
      `A sharded database would refuse this (see server/test/db/citus-planner.ts):\n\n${refused.join("\n\n")}`,
    );
});

/** Whether nobody in this run has looked at this text before. */
function isFirst(text: string): boolean {
  try {
    closeSync(openSync(join(folder, hash("sha1", text)), "wx"));
    return true;
  } catch {
    return false;
  }
}
