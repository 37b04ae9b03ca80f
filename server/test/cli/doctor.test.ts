import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Database } from "../../src/db/pool.ts";
import { box, makeDestination, makeSender, makeWorkspace } from "../factories.ts";
import { callCli } from "./call.ts";
import { databaseSettings, temporaryFolder } from "./run.ts";

const states = (stdout: string) =>
  Object.fromEntries(
    (JSON.parse(stdout) as { about: string; state: string }[]).map(({ about, state }) => [about, state]),
  );

test("a sound installation has nothing to be done", async () => {
  const settings = await databaseSettings();
  const env = { ...settings.env, HERALD_SECRET_KEY: Buffer.alloc(32, 1).toString("base64") };
  const { stdout } = await callCli(["doctor"], { env });
  expect(stdout).toMatch(/^ok {4}database: PostgreSQL \d+, /);
  // The server of the tests doesn't write through to the disk, and that is a thing to be told.
  expect(stdout.match(/^(WARN|FAIL) .*$/gm)).toEqual([expect.stringMatching(/^FAIL {2}durability: fsync is off/)]);
});

test("what is stopped, overdue or held by the dead is named, with what to do", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const workspaceId = await makeWorkspace(db);
  const parked = (await makeDestination(db, workspaceId)).id;
  const late = (await makeDestination(db, workspaceId)).id;
  await db.query("update lane set parked_until = 'infinity', parked_reason = 'Gone (410)' where id = $1", [parked]);
  await db.query("update lane set ready_at = now() where id = $1", [late]);
  await db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at, lease, lease_until) values
       ($1, $2, 'evt_1', now() - interval '5 minutes', null, null), ($1, $2, 'evt_2', now(), 5, now() - interval '1 minute')`,
    [workspaceId, late],
  );
  await db.query("insert into worker (host, pid, heartbeat_at) values ('elsewhere', 1, now() - interval '2 minutes')");
  const found = await callCli(["doctor", "--json"], settings);
  expect(states(found.stdout)).toMatchObject({
    database: "ok",
    clock: "ok",
    partitions: "ok",
    deliveries: "warning",
    messages: "ok",
    destination: "warning",
    processes: "warning",
    outbox: "warning",
    snapshots: "ok",
  });
  // As it will be in an hour: a report that goes on.
  const name = new URL(settings.env.DATABASE_URL).pathname.slice(1);
  const columns = "datname, pid, usename, application_name, state, backend_xmin, backend_xid, backend_type, query";
  await db.query(`create view pg_stat_activity as
    select ${columns}, xact_start - interval '1 hour' as xact_start from pg_catalog.pg_stat_activity`);
  await db.query(`alter database ${name} set search_path = public, pg_catalog`);
  const report = new Database(settings.config, 1);
  onTestFinished(() => report.close());
  // A role of its own, which is told nothing of others' sessions.
  await db.query(`create role ${name} login`);
  onTestFinished(async () => void (await db.query(`drop owned by ${name}; drop role ${name}`)));
  await db.query(`grant select on all tables in schema public to ${name}`);
  const asRole = {
    env: { ...settings.env, DATABASE_URL: settings.env.DATABASE_URL.replace(/\/\/\w+@/, `//${name}@`) },
  };
  const { stdout, pid, seen } = await report.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read");
    const { rows } = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
    const { stdout: seen } = await callCli(["doctor"], asRole);
    return { ...(await callCli(["doctor"], settings)), pid: rows[0]!.pid, seen };
  });
  expect(stdout).toContain(`WARN  destination: ${parked} is stopped: Gone (410)\n      Mend the receiver`);
  expect(stdout).toMatch(
    new RegExp(
      `WARN  snapshots: the oldest is 36\\d\\d s old, that of session ${pid} \\(herald.*, idle in transaction\\)\\.\n.*pg_terminate_backend\\(${pid}\\)`,
    ),
  );
  expect(seen).toContain(`snapshots: none is held. Those of other roles are not shown to ${name}; GRANT`);
});

test("destinations that are spared, and what keeps old days, are named, with what to do", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const workspaceId = await makeWorkspace(db);
  const broken = (await makeDestination(db, workspaceId)).id;
  const half = (await makeDestination(db, workspaceId)).id;
  const asked = (await makeDestination(db, workspaceId)).id;
  const well = (await makeDestination(db, workspaceId)).id;
  await db.query(
    `update lane set broken_at = '2026-01-05T09:30:00Z', broken_reason = 'Ten failures in a row.', parked_reason = 'Ten failures in a row.',
       parked_until = now() + interval '2 minutes' where id = $1`,
    [broken],
  );
  await db.query(
    "update lane set parked_until = now() + interval '1 hour', parked_reason = 'It answered 429.' where id = $1",
    [asked],
  );
  await db.query(
    "update lane set broken_at = '2026-01-06T09:30:00Z', broken_reason = 'x', parked_until = now() where id = $1",
    [half],
  );
  // A pause of some seconds is everyday.
  await db.query("update lane set parked_until = now() + interval '5 seconds' where id = $1", [well]);
  const at = Date.now() - 40 * 86_400_000;
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  await db.query(
    `create table event_${day(at).replaceAll("-", "")} partition of event for values from ('${day(at)} 00:00Z') to ('${day(at + 86_400_000)} 00:00Z')`,
  );
  const env = { ...settings.env, HERALD_RETENTION_DAYS: "30" };
  const before = await callCli(["doctor"], { env });
  expect(before.stdout).not.toContain("retention");
  await db.query(
    "insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now() + interval '1 hour'), ($1, $2, $4, now())",
    [workspaceId, broken, `evt_${at}_aaaaaaaaa`, `evt_${Date.now()}_aaaaaaaaa`],
  );
  const { stdout } = await callCli(["doctor"], { env });
  expect(stdout).toMatch(
    new RegExp(
      `WARN  destination: ${broken} fails since 2026-01-05T.* and is spared .*: Ten failures in a row.\n +Mend`,
    ),
  );
  expect(stdout).toMatch(new RegExp(`WARN  destination: ${asked} is paused until .*: It answered 429.\n +It goes on`));
  expect(stdout).toContain(
    `${half} fails since 2026-01-06T09:30:00.000Z and is spared (one delivery is let through, as`,
  );
  expect(stdout).not.toContain(well);
  expect(stdout).toContain(
    `WARN  retention: 1 day older than HERALD_RETENTION_DAYS (30) can't be dropped: events since ${new Date(at).toISOString()} are undelivered to ${broken} (1).\n      Mend`,
  );
});

test("senders and destinations whose credentials can't be opened are broken, and named with what to do", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const workspaceId = await makeWorkspace(db);
  const destination = (await makeDestination(db, workspaceId)).id;
  const sender = await makeSender(db, workspaceId, "sms", "twilio");
  await db.query("update sender set credentials = $2 where id = $1", [
    sender,
    box.seal("{}", `${workspaceId}/${sender}`),
  ]);
  const looked = async (fill: number) => {
    const env = { ...settings.env, HERALD_SECRET_KEY: Buffer.alloc(32, fill).toString("base64") };
    return (await callCli(["doctor"], { env })).stdout.match(/^(WARN|FAIL) {2}(sender|destination): .*\n.*$/gm);
  };
  expect(await looked(7)).toBe(null);
  expect(await looked(8)).toEqual([
    expect.stringMatching(new RegExp(`FAIL {2}sender: ${sender} can't be used. .*\\n.* PATCH /v1/senders/${sender}`)),
    expect.stringMatching(new RegExp(`FAIL {2}destination: ${destination} can't be used`)),
  ]);
});

test("where nothing is installed it says so, and installs nothing", async () => {
  const folder = join(temporaryFolder(), "data");
  const { code, stdout } = await callCli(["doctor"], { env: { HERALD_DATA: folder, DATABASE_URL: "" } });
  expect(code).toBe(1);
  expect(stdout).toContain(`FAIL  database: there is none in ${folder} yet.\n      Start Herald`);
  expect(existsSync(folder)).toBe(false);
});

test("a database that can't be reached, lacks its schema or has no day left is broken, and exit code 1 says so", async () => {
  const away = await callCli(["doctor", "--json"], { env: { DATABASE_URL: "postgres://me@127.0.0.1:1/x" } });
  expect([away.code, states(away.stdout)]).toEqual([1, expect.objectContaining({ database: "broken" })]);

  const settings = await databaseSettings();
  // As a managed server does where its disk is full.
  const database = new URL(settings.env.DATABASE_URL).pathname.slice(1);
  await settings.db.query(`alter database ${database} set default_transaction_read_only = on`);
  const full = await callCli(["doctor"], settings);
  expect(full).toMatchObject({ code: 1, stdout: expect.stringMatching(/^FAIL {2}database: nothing can be written/m) });
  const writes = await callCli(["keys", "create", "--name", "x", "--scopes", "read"], settings);
  expect(writes).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("can't be used: it takes no writes (a standby"),
  });
  await settings.db.query(`alter database ${database} reset default_transaction_read_only`);

  const { rows } = await settings.db.query<{ name: string }>(
    "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relname ~ '^event_[0-9]+$'",
  );
  for (const { name } of rows) await settings.db.query(`drop table ${name}`);
  const noDay = await callCli(["doctor", "--json"], settings);
  expect([noDay.code, states(noDay.stdout)]).toEqual([1, expect.objectContaining({ partitions: "broken" })]);

  await settings.db.query("delete from migration where name = '0005_branches.sql'");
  const old = await callCli(["doctor"], settings);
  expect(old.code).toBe(1);
  expect(old.stdout).toContain("FAIL  schema: it lacks 0005_branches.sql.\n      Run herald migrate");
});
