import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { recordActs } from "../../src/db/audit.ts";
import { recordEvents } from "../../src/db/event.ts";
import { migrate } from "../../src/db/migrate.ts";
import { Database } from "../../src/db/pool.ts";
import { handOver } from "../../src/db/program-role.ts";
import { applyRetention } from "../../src/db/retention.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, makeWorkspace } from "../factories.ts";

const role = `program_${randomBytes(4).toString("hex")}`;
let owner: Database;
let program: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  const opened = await testDatabase();
  owner = opened.db;
  await owner.query(`create role ${role} login`);
  expect(await handOver(owner, role)).toBeGreaterThan(40);
  program = new Database({ ...(opened.config as { host: string; port: number; database: string }), user: role }, 4);
  close = async () => {
    await program.close();
    await owner.query(`drop owned by ${role} cascade`);
    await opened.close();
  };
});
afterAll(async () => {
  await close();
});

test("the program adds to the audit trail, seals and verifies it, and can change nothing of it, whatever it tries", async () => {
  const workspaceId = await makeWorkspace(program);
  const actor = { kind: "cli" as const, id: "me" };
  await recordActs(program, [{ workspaceId, actor, action: "test", target: null, content: {} }]);
  await recordEvents(program, [anyEvent(workspaceId)]);
  const onError = (_: string, error: unknown) => expect.unreachable(String(error));
  await new AuditSealer({ db: program, onError }).runOnce(Date.now() + 120_000);
  expect(await verifyAudit(program, workspaceId)).toMatchObject({ entries: 2, findings: [] });
  for (const table of ["audit_entry", "audit_seal"]) {
    for (const sql of [
      `update ${table} set workspace_id = 'x'`,
      `delete from ${table}`,
      `truncate ${table}`,
      `drop table ${table}`,
      `alter table ${table} disable trigger all`,
      `drop trigger ${table}_append_only on ${table}`,
    ])
      await expect(program.query(sql)).rejects.toMatchObject({ code: "42501" });
  }
});

test("it makes and drops partitions, and a start of it finds its schema up to date", async () => {
  await program.query(
    "create table event_20200101 partition of event for values from ('2020-01-01') to ('2020-01-02')",
  );
  expect((await applyRetention(program, 30)).dropped).toContain("event_20200101");
  expect(await migrate(program)).toEqual([]);
  expect(await handOver(owner, role)).toBe(0);
});
