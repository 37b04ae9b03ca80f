import { afterAll, beforeAll, expect, test } from "vitest";
import { Database, type DatabaseConfig, isConnectionError, isRetryable } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";

let config: DatabaseConfig;
let close: () => Promise<void>;
let db: Database;
beforeAll(async () => {
  ({ config, close } = await testDatabase());
  // One connection: whoever comes next has it, or a new one.
  db = new Database(config, 1);
  await db.query("create table thing (id int)");
});
afterAll(async () => {
  await db.close();
  await close();
});

const failureOf = async (work: Promise<unknown>) => await work.then(() => null).catch((error: unknown) => error);

test("a server that has become a standby is away, and its connections are given up", async () => {
  await db.query("set default_transaction_read_only = on");
  const write = () => db.transaction((tx) => tx.query("insert into thing values (1)"));
  const error = await failureOf(write());
  expect(error).toMatchObject({ code: "25006" });
  expect(isConnectionError(error)).toBe(true);
  await write();
});

test("a connection whose statements were prepared before a migration is given up, and the statement may pass the next time", async () => {
  const read = () => db.transaction((tx) => tx.query({ name: "test.things", text: "select * from thing" }));
  await read();
  await db.query("alter table thing add column name text");
  const error = await failureOf(read());
  expect(error).toMatchObject({ code: "0A000" });
  expect(isRetryable(error)).toBe(true);
  await read();
});

test("a full disk is the database's and no statement's fault; a value that is refused is", () => {
  const failure = (code: string, message = "no") => Object.assign(new Error(message), { code });
  for (const code of ["53100", "53200", "53300", "57P01", "57P05", "25P03"])
    expect(isConnectionError(failure(code))).toBe(true);
  for (const code of ["22P05", "23505", "53400", "0A000"]) {
    expect(isConnectionError(failure(code))).toBe(false);
    expect(isRetryable(failure(code))).toBe(false);
  }
});
