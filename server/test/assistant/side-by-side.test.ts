import { afterAll, beforeAll, expect, test } from "vitest";
import { SideBySide } from "../../src/assistant/side-by-side.ts";
import { reserveBudget } from "../../src/db/assistant-usage.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { StillSending } from "../../src/db/still.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  test_ = await testDatabase();
  await test_.db.query("create table piece (id int primary key, tx text not null)");
});
afterAll(() => test_.close());

const write = async (tx: Queryable, id: number) => {
  const { rows } = await tx.query<{ tx: string }>(
    "-- of a test\ninsert into piece (id, tx) values ($1, pg_current_xact_id()::text) returning tx",
    [id],
  );
  return rows[0]!.tx;
};

test("pieces that come together are one transaction; where one fails each of the others is done by itself", async () => {
  const { db } = test_;
  const sideBySide = new SideBySide(db, { gatherMs: 0 });
  const run = (id: number, fails: "statement" | "code" | null = null) =>
    sideBySide.run("ws", "write", async (tx) => {
      const wrote = await write(tx, id);
      if (fails === "statement") await tx.query("-- of a test\nselect 1 / 0");
      if (fails === "code") throw new Error("no");
      return `${id} ${wrote}`;
    });
  const all = await Promise.all([run(1), run(2), run(3)]);
  expect(all.map((one) => one.split(" ")[0])).toEqual(["1", "2", "3"]);
  expect(new Set(all.map((one) => one.split(" ")[1])).size).toBe(1);
  for (const [n, fails] of (["statement", "code"] as const).entries()) {
    const from = 10 * (n + 1);
    const ended = await Promise.allSettled([run(from), run(from + 1, fails), run(from + 2)]);
    expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const { rows } = await db.query<{ id: number; tx: string }>("select * from piece where id >= $1 order by id", [
      from,
    ]);
    expect(rows.map(({ id }) => id)).toEqual([from, from + 2]);
    expect(new Set(rows.map(({ tx }) => tx)).size).toBe(2);
  }
});

test("other workspaces and kinds don't wait for one that is held up, and what is to wait for a message does so alone", async () => {
  const { db } = test_;
  const sideBySide = new SideBySide(db, { gatherMs: 10_000 });
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow = sideBySide.run("a", "write", () => held);
  expect(await sideBySide.run("b", "write", async () => "b")).toBe("b");
  expect(await sideBySide.run("a", "read", async () => "read")).toBe("read");
  letGo();
  await slow;
  const workspaceId = await makeWorkspace(db);
  let tries = 0;
  const waits = async () => {
    if (++tries <= 2) throw new StillSending(workspaceId, []);
    return "after it";
  };
  const both = new SideBySide(db, { gatherMs: 0 });
  expect(await Promise.all([both.run("c", "k", waits), both.run("c", "k", async () => "other")])).toEqual([
    "after it",
    "other",
  ]);
});

test("budgets that are reserved together are reserved in turn: what is too dear leaves room for what is not", async () => {
  const { db } = test_;
  const workspaceId = await makeWorkspace(db);
  const sideBySide = new SideBySide(db, { gatherMs: 0 });
  const reserve = (id: string, tokens: number) =>
    sideBySide.run(workspaceId, "reserve", (tx) =>
      reserveBudget(
        tx,
        workspaceId,
        { id, forMs: 60_000 },
        { tokens, micros: 0 },
        { tokensPerDay: 100, microsPerDay: null },
      ),
    );
  const reserved = await Promise.all([
    reserve("a", 40),
    reserve("b", 70),
    reserve("c", 50),
    reserve("d", 11),
    reserve("e", 10),
  ]);
  expect(reserved).toEqual([true, false, true, false, true]);
});
