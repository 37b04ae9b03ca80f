import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { textArray, textArrayLiteral } from "../../src/db/array.ts";
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
