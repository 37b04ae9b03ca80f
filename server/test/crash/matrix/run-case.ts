import { once } from "node:events";
import type { Case, Row } from "./case.ts";
import { judge, receivedSoFar, settled } from "./judge.ts";
import { loadEnv, prepareLoad, presentDays, startLoad } from "./load.ts";
import { statementsEnded, strike } from "./strike.ts";
import type { World } from "./world.ts";

/** How long Herald may take to come to a point. */
const reachMs = 60_000;

/** Stops Herald at the point, strikes, and judges what became of everything. Never throws for what Herald does wrong. */
export async function runCase(
  world: World,
  { point, victim, load: name, upTo }: Case,
  random: () => number,
): Promise<Row> {
  const { herald } = world;
  const before = receivedSoFar(world);
  const days = await prepareLoad(world, name);
  const n = 1 + Math.floor(random() * upTo);
  await herald.kill();
  await herald.start({ ...(point !== "any moment" && { HERALD_TEST_STOP_AT: `${point}:${n}` }), ...loadEnv[name] });
  const notes: string[] = [];
  const load = await startLoad(world, name, days);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), reachMs);
  });
  const there = point === "any moment" ? arrivals(world, n).then(() => herald.freeze()) : herald.atStopPoint;
  const reached = await Promise.race([there, late]);
  clearTimeout(timer);
  if (reached === "late") {
    notes.push(`Herald did not come to ${point}:${n} within ${reachMs / 1000} seconds.`);
    await herald.freeze();
  }
  // What was claimed and is not settled: all of that comes again at most, and only that. Counted once no claim or settle is
  // on its way in the database any more.
  await statementsEnded(world);
  const allowed = await world.underWay();
  await strike(world, victim);
  const began = performance.now();
  // Before anybody goes on with it: what is dropped is gone, and what is not is whole.
  for (const [day, rows] of await presentDays(world, load.days)) {
    if (rows !== days.get(day)) notes.push(`${day} has ${rows} rows of ${days.get(day)}.`);
  }
  if (victim === "herald") await herald.start(loadEnv[name]);
  await load.handedIn;
  notes.push(...(await settled(world, load)));
  const recoveredSeconds = (performance.now() - began) / 1000;
  const { problems, ...counts } = await judge(world, load, before, allowed);
  notes.push(...problems);
  if (notes.length > 0) notes.push(`Herald said: ${herald.stderr.slice(-2_000)}`);
  return {
    point: `${point}:${n}`,
    victim,
    ...counts,
    allowed,
    recoveredSeconds,
    verdict: notes.length === 0 ? "ok" : "FAILED",
    notes,
  };
}

/** Resolves when so many more webhooks have come. */
export async function arrivals({ receiver }: World, count: number): Promise<void> {
  const wanted = receiver.stats().received + count;
  while (receiver.stats().received < wanted) await once(receiver.events, "request");
}
