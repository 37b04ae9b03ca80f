import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { findKeyByHash } from "../../src/db/api-key.ts";
import { callCli } from "./call.ts";
import { databaseSettings, runCli } from "./run.ts";

test("a key is made, used, listed and revoked on the command line, and printed whole only when it is made", async () => {
  const settings = await databaseSettings();
  const made = await runCli(["keys", "create", "--name", "Our CRM"], settings);
  expect(made.code).toBe(0);
  const secret = /^hk_live_[\w-]{43}$/m.exec(made.stdout)![0];
  const stored = (await findKeyByHash(settings.db, hash("sha256", secret, "buffer")))!;
  expect(stored).toMatchObject({ name: "Our CRM", scopes: ["read", "send"], revokedAt: null });

  const listed = await runCli(["keys", "list"], settings);
  expect(listed.stdout).toContain("Our CRM");
  expect(listed.stdout).not.toContain(secret);

  expect(await runCli(["keys", "revoke", stored.id], settings)).toMatchObject({ code: 0, stderr: "" });
  expect((await findKeyByHash(settings.db, hash("sha256", secret, "buffer")))!.revokedAt).toBeInstanceOf(Date);
});

test("with --json a program can read the key, and the last one that makes others is not revoked", async () => {
  const settings = await databaseSettings();
  const { stdout } = await callCli(["keys", "create", "--name", "x", "--scopes", "admin", "--json"], settings);
  const { id, key, scopes } = JSON.parse(stdout);
  expect(scopes).toEqual(["admin"]);
  expect(await findKeyByHash(settings.db, hash("sha256", key, "buffer"))).toMatchObject({ id });
  const refused = await callCli(["keys", "revoke", id], settings);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("herald keys create --name <name> --scopes admin");
});

test("a key or a workspace that isn't there is named", async () => {
  const settings = await databaseSettings();
  const noKey = await callCli(["keys", "revoke", "key_x"], settings);
  expect(noKey).toMatchObject({
    code: 1,
    stderr: "herald: There is no key key_x in this workspace; herald keys list shows them.\n",
  });
  const noWorkspace = await callCli(["keys", "list", "--workspace", "ws_x"], settings);
  expect(noWorkspace).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no workspace ws_x in this database"),
  });
});

test("migrate says what it applied, and nothing the second time", async () => {
  const { env } = await databaseSettings();
  expect(await runCli(["migrate"], { env })).toMatchObject({ code: 0, stdout: "The schema was up to date already.\n" });
  const data = { HERALD_DATA: `${env.HERALD_DATA}/embedded` };
  const { code, stdout } = await runCli(["migrate"], { env: data });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^applied {2}0001_\w+\.sql$[\s\S]*The schema is up to date: \d+ migrations applied now\.$/m);
});
