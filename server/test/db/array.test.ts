import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { float8Array, int4Array, int8Array, textArray, textArrayLiteral } from "../../src/db/array.ts";
import { testDatabase } from "../database.ts";

const { db, close } = await testDatabase();
afterAll(() => close());

/** What PostgreSQL's text can hold. */
const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));

test("any texts and nulls come back as they went in, in both forms", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), fc.array(text), async (values, tags) => {
      const { rows } = await db.query<{ values: string[] | null; tags: string[] }>(
        `select $1::text[] as values, $2::text[] as tags`,
        [textArray(values, (value) => value), textArrayLiteral(tags)],
      );
      const onlyNulls = values.length > 0 && values.every((value) => value === null);
      expect(rows[0]).toEqual({ values: onlyNulls ? null : values, tags });
    }),
    { numRuns: 60 },
  );
});

test("an array longer than the draft, of characters of three bytes", async () => {
  const values = Array.from({ length: 300 }, (_, i) => "\u20ac".repeat(3_000) + i);
  const { rows } = await db.query<{ same: boolean; n: number }>(
    "select $1::text[] = $2::text[] as same, cardinality($1::text[]) as n",
    [textArray(values, (value) => value), values],
  );
  expect(rows[0]).toEqual({ same: true, n: 300 });
});

test("numbers of each kind come back, to the ends of their ranges", async () => {
  const small = fc.option(fc.integer());
  const large = fc.option(fc.maxSafeInteger());
  const real = fc.option(fc.double({ noNaN: true }).map((value) => value + 0));
  await fc.assert(
    fc.asyncProperty(fc.array(small), fc.array(large), fc.array(real), async (ints, bigs, reals) => {
      const { rows } = await db.query<Record<string, unknown>>(
        "select $1::int[] as ints, $2::bigint[]::float8[] as bigs, $3::float8[] as reals",
        [int4Array(ints, (n) => n), int8Array(bigs, (n) => n), float8Array(reals, (n) => n)],
      );
      const wanted = <T>(values: (T | null)[]) =>
        values.length > 0 && values.every((value) => value === null) ? null : values;
      expect(rows[0]).toEqual({ ints: wanted(ints), bigs: wanted(bigs), reals: wanted(reals) });
    }),
    { numRuns: 60 },
  );
});
