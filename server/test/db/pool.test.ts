import { afterAll, beforeAll, expect, test, vi } from "vitest";
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

test.each(["sslmode=require", "sslmode=prefer", "sslmode=verify-ca", "sslmode=require&application_name=x"])(
  "%s asks for TLS with a certificate that is verified, without the driver's warning",
  async (query) => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    if (!("host" in config)) throw new Error("unreachable");
    const { host, port, user, database } = config;
    const secured = new Database({
      connectionString: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}&${query}`,
    });
    const error = await failureOf(secured.query("select 1"));
    await secured.close();
    expect(error).toMatchObject({ message: "The server does not support SSL connections" });
    expect(warned.mock.calls.map(([text]) => String(text)).filter((text) => text.includes("SSL"))).toEqual([]);
    const { connectionString } = secured.config as { connectionString: string };
    expect(new URL(connectionString).searchParams.get("sslmode")).toBe("verify-full");
    warned.mockRestore();
  },
);

test("libpq's own meaning of sslmode, and no-verify, stay as they were asked for", () => {
  for (const query of ["uselibpqcompat=true&sslmode=require", "sslmode=no-verify", "sslmode=disable"]) {
    const connectionString = `postgres://me@db.internal/herald?${query}`;
    expect(new Database({ connectionString }).config).toEqual({ connectionString });
  }
});
