import { expect, test } from "vitest";
import type { Queryable } from "../../src/db/pool.ts";
import { GatheringConnection, inSet, type SetStatement } from "../../src/db/together.ts";

/** A connection that writes down what it is asked. */
function connection(fails: (text: string) => boolean = () => false) {
  const asked: string[] = [];
  const tx = {
    async query(text: string) {
      asked.push(text);
      if (fails(text)) throw new Error(`no ${text}`);
      return { rows: [], rowCount: 0 };
    },
  } as unknown as Queryable;
  return { asked, gathering: new GatheringConnection(tx) };
}

const statement = (name: string): SetStatement<number, number> => ({
  name,
  async run(db, _, items) {
    await db.query(`${name} ${items.join(",")}`);
    return items.map((item) => 2 * item);
  },
});
const [first, second, rare] = [statement("first"), statement("second"), statement("rare")];

test("calls of one statement that are made at the same time are one, each gets its own result, and who took another way catches up", async () => {
  const { asked, gathering } = connection();
  const results = await Promise.all(
    [1, 2, 3, 4].map(async (n) => {
      const a = await inSet(gathering, first, "ws", n);
      const b = n === 3 ? await inSet(gathering, rare, "ws", a) : a;
      return await inSet(gathering, second, "ws", b);
    }),
  );
  expect(results).toEqual([4, 8, 24, 16]);
  expect(asked).toEqual(["first 1,2,3,4", "second 2,4,8", "rare 6", "second 12"]);
});

test("other workspaces, and statements that are not made for sets, go by themselves", async () => {
  const { asked, gathering } = connection();
  await Promise.all([
    inSet(gathering, first, "a", 1),
    inSet(gathering, first, "b", 2),
    gathering.query("single"),
    gathering.query("single"),
  ]);
  expect(asked).toEqual(["first 1", "first 2", "single", "single"]);
});

test("when a statement has failed nothing more is asked, and everybody gets that error", async () => {
  const { asked, gathering } = connection((text) => text.startsWith("first"));
  const ended = await Promise.allSettled([
    inSet(gathering, first, "ws", 1),
    inSet(gathering, first, "ws", 2),
    inSet(gathering, second, "ws", 3),
  ]);
  expect(ended.map((end) => end.status === "rejected" && end.reason.message)).toEqual(Array(3).fill("no first 1,2"));
  await expect(inSet(gathering, second, "ws", 4)).rejects.toThrow("no first 1,2");
  expect(gathering.lost).toBe(true);
  expect(asked).toEqual(["first 1,2"]);
});
