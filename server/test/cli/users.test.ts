import { expect, test } from "vitest";
import { listAudit } from "../../src/db/audit-search.ts";
import { insertSession } from "../../src/db/session.ts";
import { countTry, ofAccount } from "../../src/db/sign-in-try.ts";
import { accountByEmail } from "../../src/db/user.ts";
import { listWorkspaces } from "../../src/db/workspace.ts";
import { Passwords } from "../../src/domain/password.ts";
import { callCli } from "./call.ts";
import { databaseSettings } from "./run.ts";

test("an operator makes a person, sees everybody, and sets a lost password anew, which ends sessions and limits", async () => {
  const settings = await databaseSettings();
  const { db } = settings;
  const input = "an analytical engine\n";
  const create = ["users", "create", "Ada@Example.com", "--name", "Ada", "--password-stdin"];
  expect(await callCli(create, { ...settings, input })).toMatchObject({ code: 0, stderr: "" });
  const ada = (await accountByEmail(db, "ada@example.com"))!;
  expect(await new Passwords().verify("an analytical engine", ada.passwordHash)).toBe(true);
  const session = { userId: ada.id, tokenHash: Buffer.alloc(32), workspaceId: null, ip: null, userAgent: null };
  await insertSession(db, session);
  await countTry(db, ofAccount("ada@example.com"));

  const reset = await callCli(["users", "reset-password", "ada@example.com"], settings);
  expect(reset.code).toBe(0);
  const password = /^ {2}([\w-]{20})$/m.exec(reset.stdout)![1]!;
  const { passwordHash } = (await accountByEmail(db, "ada@example.com"))!;
  expect(await new Passwords().verify(password, passwordHash)).toBe(true);
  expect((await db.query("select from user_session union all select from sign_in_try")).rowCount).toBe(0);

  const { stdout } = await callCli(["users", "list"], settings);
  expect(stdout).toMatch(/ada@example\.com +Ada +password +Default \(ws_\w+\): owner/);
  const [workspace] = await listWorkspaces(db);
  const { rows: acts } = await listAudit(db, workspace!.id, { order: "asc", after: null, limit: 10 });
  expect(acts.map(({ actorKind, action, target }) => ({ actorKind, action, target }))).toEqual([
    { actorKind: "cli", action: "users create", target: ada.id },
    { actorKind: "cli", action: "users reset-password", target: ada.id },
  ]);
  expect(JSON.stringify(acts)).not.toContain(password);
});

test("who isn't there is said in a sentence", async () => {
  const settings = await databaseSettings();
  expect(await callCli(["users", "reset-password", "nobody@example.com"], settings)).toMatchObject({
    code: 1,
    stderr: "herald: There is nobody with the address nobody@example.com; herald users list shows everybody.\n",
  });
});
