import { afterAll, beforeAll, expect, test } from "vitest";
import { sourceApi } from "../sources/source-setup.ts";
import { fuzzWebhooks } from "./webhooks.ts";

const count = Number(process.env.HERALD_FUZZ_REQUESTS ?? 400);
const seed = Number(process.env.HERALD_FUZZ_SEED ?? 4711);

let given: Awaited<ReturnType<typeof sourceApi>>;
beforeAll(async () => {
  given = await sourceApi();
});
afterAll(() => given.close());

test("spoilt webhooks crash nothing, get no 5xx, and are accepted only where they are signed", {
  timeout: process.env.HERALD_FUZZ_REQUESTS ? 3_600_000 : 180_000,
}, async () => {
  const result = await fuzzWebhooks(given, count, seed);
  if (process.env.HERALD_FUZZ_REQUESTS) console.log(`seed ${seed}`, result);
  expect(result.wrong, `seed ${seed}`).toEqual([]);
  expect(result.requests).toBe(count);
  // Both ways are tried.
  expect(result.accepted).toBeGreaterThan(count / 5);
  expect(result.refused).toBeGreaterThan(count / 5);
  if (result.grownMb !== null) expect(result.grownMb).toBeLessThan(100);
});
