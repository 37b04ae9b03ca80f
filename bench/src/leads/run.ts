import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import {
  type LeadFilter,
  type LeadOrder,
  type LeadPlace,
  leadSorts,
  listLeadPage,
  listLeads,
} from "../../../server/src/db/lead-list.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { openScratch } from "../scratch.ts";
import { fillLeads } from "./fill.ts";

/**
 *   npm run bench:leads [-- --count N]
 *
 * How long a page of leads takes, of a million (N): for each order the first page with its count, the next one and one in the
 * middle; and for filters that find many, few and none, with the count and without. Each page is asked for ten times; the median counts, and the exit code is
 * 1 where one is above 300 ms.
 */
const { values } = parseArgs({ options: { count: { type: "string", default: "1000000" } } });
const count = Number(values.count);
const asked = 10;
const mostMs = 300;

await using scratch = await openScratch();
const { db } = scratch;
const workspaceId = newId("workspace");
await db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
process.stderr.write(`writing ${count} leads\n`);
// A connection of its own: statements over it may take as long as they do.
const filling = await db.connect();
await fillLeads(filling, workspaceId, count);
await filling.query("vacuum analyze");
await filling.end();

const measured: Record<string, { rows: number; ms: number; slowest: number }> = {};
async function measure(name: string, ask: () => Promise<number>): Promise<void> {
  let rows = await ask();
  const took: number[] = [];
  for (let n = 0; n < asked; n += 1) {
    const started = performance.now();
    rows = await ask();
    took.push(performance.now() - started);
  }
  took.sort((a, b) => a - b);
  const [ms, slowest] = [took[asked / 2]!, took.at(-1)!].map((value) => Math.round(value * 10) / 10);
  measured[name] = { rows, ms: ms!, slowest: slowest! };
}

const first = (filter: LeadFilter, order?: LeadOrder) => async () =>
  (await listLeadPage(db, workspaceId, filter, 1, 50, order)).leads.length;

for (const by of Object.keys(leadSorts) as (keyof typeof leadSorts)[]) {
  for (const descending of [false, true]) {
    const order: LeadOrder = { by, descending };
    const name = `${by} ${descending ? "desc" : "asc"}`;
    await measure(`${name}: first page, with the count`, first({}, order));
    const { leads } = await listLeadPage(db, workspaceId, {}, Math.ceil(count / 100), 50, order);
    const { id, placeValue } = leads.at(-1)!;
    const place: LeadPlace = { id, value: placeValue };
    await measure(
      `${name}: behind the middle`,
      async () => (await listLeads(db, workspaceId, {}, place, 51, order)).length,
    );
  }
}
const filters: readonly (readonly [string, LeadFilter])[] = [
  ["a status of many", { status: "MESSAGE_SENT" }],
  ["a rare status", { status: "OPPORTUNITY" }],
  ["a status of none", { status: "DONE" }],
  ["a tag of many", { tag: "all" }],
  ["a rare tag", { tag: "rare" }],
  ["a tag of none", { tag: "none" }],
  ["reachable by email", { reachableBy: "email" }],
  ["reachable by SMS: none", { reachableBy: "sms" }],
  ["search: a name of many", { search: "jane" }],
  ["search: part of one address", { search: "person777777@" }],
  ["search: none", { search: "zebra" }],
];
for (const [name, filter] of filters) {
  await measure(name, first(filter));
  // As the dashboard asks: rows beside their number.
  for (const by of ["createdAt", "name"] as const) {
    const order: LeadOrder = { by, descending: by === "createdAt" };
    const rows = async () => (await listLeads(db, workspaceId, filter, null, 101, order)).length;
    await measure(`${name}: rows alone, by ${by}`, rows);
  }
}
console.table(measured);
if (Object.values(measured).some(({ ms }) => ms > mostMs)) process.exitCode = 1;
