import { afterAll, beforeAll, expect, test } from "vitest";
import { SideBySide } from "../../src/assistant/side-by-side.ts";
import { addUsage, listUsage, reserveBudget } from "../../src/db/assistant-usage.ts";
import { dearestPassages, searchKnowledge, storeKnowledge } from "../../src/db/knowledge.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { StillSending } from "../../src/db/still.ts";
import { GatheringConnection } from "../../src/db/together.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";
import { makeProfile, until } from "./setup.ts";

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

test("turns that ask the knowledge together ask once, and each gets what it asked for, as many passages and of its profile alone", async () => {
  const { db } = test_;
  const workspaceId = await makeWorkspace(db);
  const roofs = await makeProfile(db, workspaceId, { name: "Roofs" });
  const boats = await makeProfile(db, workspaceId, { name: "Boats" });
  const bare = await makeProfile(db, workspaceId, { name: "Bare" });
  const know = (profileId: string, id: string, language: string, passages: string[]) =>
    db.transaction((tx) =>
      storeKnowledge(tx, workspaceId, { id, profileId, title: id, content: passages.join("\n"), language }, passages),
    );
  await know(roofs.id, "flat", "english", [
    "We install panels on flat roofs.",
    "Roofs, roofs, roofs and nothing else.",
  ]);
  await know(roofs.id, "dach", "german", ["Wir bauen auf Dächern."]);
  await know(boats.id, "boat", "english", ["Boats have no roofs."]);
  const asked = [
    [roofs.id, "a roof?", 4],
    [roofs.id, "a roof?", 1],
    [boats.id, "a roof?", 4],
    [roofs.id, "Auf welchem Dach?", 4],
    [bare.id, "a roof?", 4],
    [roofs.id, "' | & !", 4],
  ] as const;
  let statements = 0;
  const together = await db.transaction((tx) => {
    const query = (text: string) => {
      statements++;
      return tx.query(text);
    };
    const gathering = new GatheringConnection({ query } as Queryable);
    return Promise.all([
      Promise.all(
        asked.map(([profileId, question, limit]) =>
          searchKnowledge(gathering, workspaceId, profileId, question, limit),
        ),
      ),
      Promise.all(asked.map(([profileId, , limit]) => dearestPassages(gathering, workspaceId, profileId, limit))),
    ]);
  });
  expect(statements).toBe(2);
  const [found, dearest] = together;
  expect(found.map((passages) => passages.map(({ knowledgeId, text }) => `${knowledgeId}: ${text}`))).toEqual([
    ["flat: Roofs, roofs, roofs and nothing else.", "flat: We install panels on flat roofs."],
    ["flat: Roofs, roofs, roofs and nothing else."],
    ["boat: Boats have no roofs."],
    ["dach: Wir bauen auf Dächern."],
    [],
    [],
  ]);
  // A third of a character, and of its two bytes half as much again; titles count.
  const costs = (...passages: string[]) => Math.ceil(passages.reduce((sum, text) => sum + (text.length + 4) / 3, 0));
  const longest = "Roofs, roofs, roofs and nothing else.";
  const all = costs("We install panels on flat roofs.", longest, "Wir bauen auf Daechern.");
  expect(dearest).toEqual([all, costs(longest), costs("Boats have no roofs."), all, 0, all]);
  for (const [n, [profileId, question, limit]] of asked.entries()) {
    expect(await searchKnowledge(db, workspaceId, profileId, question, limit)).toEqual(found[n]);
    expect(await dearestPassages(db, workspaceId, profileId, limit)).toBe(dearest[n]);
  }
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
  // The day's row is held once and all is set aside by one statement, whoever read the settings that say how much; each by its own.
  const names: unknown[] = [];
  const more = await db.transaction((tx) => {
    const query = (config: { name?: string }) => {
      names.push(config.name);
      return tx.query(config as never);
    };
    const gathering = new GatheringConnection({ query } as unknown as Queryable);
    const ofBudget = (id: string, tokensPerDay: number, microsPerDay: number | null) =>
      reserveBudget(
        gathering,
        workspaceId,
        { id, forMs: 60_000 },
        { tokens: 10, micros: 5 },
        { tokensPerDay, microsPerDay },
      );
    return Promise.all([ofBudget("f", 1_000, null), ofBudget("g", 1_000, 10), ofBudget("h", 130, null)]);
  });
  expect(more).toEqual([true, true, true]);
  expect(names).toEqual(["assistant_budget.hold", "assistant_budget.reserve"]);
  expect(await reserve("i", 1)).toBe(false);
});

test("of one day's budget no more is set aside, however many processes ask for it at once, and nothing that fits is refused", async () => {
  const { db } = test_;
  const workspaceId = await makeWorkspace(db);
  const processes = [1, 2, 3].map(() => new SideBySide(db, { gatherMs: 0, most: 4 }));
  const budget = { tokensPerDay: 300, microsPerDay: 200 };
  const asked = Array.from({ length: 45 }, (_, n) => ({
    id: `${n}`,
    tokens: 1 + ((n * 37) % 23),
    micros: (n * 11) % 17,
  }));
  const reserved = await Promise.all(
    asked.map(async ({ id, ...most }, n) => {
      const reserve = (tx: Queryable) => reserveBudget(tx, workspaceId, { id, forMs: 60_000 }, most, budget);
      const got = await processes[n % 3]!.run(workspaceId, "reserve", reserve);
      // Some are counted for less before the others have asked.
      const cost = { calls: 1, failures: 0, inputTokens: 1, outputTokens: 0, costMicros: 0, latencyMs: 1 };
      if (got && n % 5 === 0) await addUsage(db, workspaceId, cost, { reservation: id });
      return got;
    }),
  );
  const spent = (n: number) => (n % 5 === 0 ? { tokens: 1, micros: 0 } : asked[n]!);
  const sum = (of: "tokens" | "micros") => asked.reduce((total, _, n) => total + (reserved[n] ? spent(n)[of] : 0), 0);
  expect(sum("tokens")).toBeLessThanOrEqual(300);
  expect(sum("micros")).toBeLessThanOrEqual(200);
  const left = { tokens: 300 - sum("tokens"), micros: 200 - sum("micros") };
  const reserve = (id: string, more: number) =>
    db.transaction((tx) =>
      reserveBudget(
        tx,
        workspaceId,
        { id, forMs: 60_000 },
        { tokens: left.tokens + more, micros: left.micros },
        budget,
      ),
    );
  expect([await reserve("more", 1), await reserve("rest", 0)]).toEqual([false, true]);
});

test("at midnight of the workspace's clock a new day's budget begins, less what is still set aside by whoever began before", async () => {
  const { db } = test_;
  const workspaceId = await makeWorkspace(db);
  const budget = { tokensPerDay: 100, microsPerDay: null };
  const reserve = (tx: Queryable, id: string, tokens: number) =>
    reserveBudget(tx, workspaceId, { id, forMs: 60_000 }, { tokens, micros: 0 }, budget);
  const count = (on: Queryable, reservation: string, inputTokens: number) => {
    const cost = { calls: 1, failures: 0, inputTokens, outputTokens: 0, costMicros: 0, latencyMs: 1 };
    return addUsage(on, workspaceId, cost, { reservation });
  };
  const days = async () => (await listUsage(db, workspaceId, 10)).map(({ inputTokens }) => inputTokens);
  const begun = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const before = db.transaction(async (tx) => {
    // A clock by which this transaction's midnight is the next whole second.
    const { rows } = await tx.query<{ offset: string }>(
      `select to_char((24 * 3600 - ceil(extract(epoch from (now() at time zone 'UTC')::time)))::int * interval '1 second', 'HH24:MI:SS') as offset`,
    );
    await db.query("update workspace set time_zone = $2 where id = $1", [workspaceId, `<MID>-${rows[0]!.offset}`]);
    expect(await reserve(tx, "before", 60)).toBe(true);
    await count(tx, "none", 40);
    begun.resolve();
    await late.promise;
  });
  await begun.promise;
  const midnight = async () => {
    const { rows } = await db.query<{ past: boolean }>(
      "select (now() at time zone time_zone)::time < time '12:00' as past from workspace where id = $1",
      [workspaceId],
    );
    return rows[0]!.past;
  };
  await until(midnight);
  // Both ask at once on the new day, while yesterday's is not committed: together they would have 110 of 100.
  const after = db.transaction((tx) => reserve(tx, "after", 50));
  let settled = false;
  void after.finally(() => {
    settled = true;
  });
  await until(async () => {
    const { rows } = await db.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%assistant_usage%'",
    );
    return settled || rows[0]!.n > 0;
  });
  late.resolve();
  await before;
  expect(await after).toBe(false);
  // What was spent yesterday is yesterday's; what was under way counts when it ends.
  expect(await db.transaction((tx) => reserve(tx, "small", 40))).toBe(true);
  await count(db, "before", 55);
  await count(db, "small", 40);
  expect(await days()).toEqual([95, 40]);
  const rest = await Promise.all([1, 2, 3].map((n) => db.transaction((tx) => reserve(tx, `rest ${n}`, 3))));
  expect(rest.filter((got) => got)).toHaveLength(1);
});
