import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, temporaryFolder } from "./run.ts";

test("commands on one data folder, started at once and ending while others start, all succeed; the last one stops the database", {
  timeout: 240_000,
}, async () => {
  const data = temporaryFolder();
  const lane = async (n: number) => {
    for (let round = 1; round <= 4; round++) {
      const name = `${n}.${round}`;
      const { code, stderr } = await runCli(["keys", "create", "--name", name, "--json", "--data", data]);
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: "" });
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, n) => lane(n)));
  expect(existsSync(join(data, "postgres/postmaster.pid"))).toBe(false);
  const { stdout } = await runCli(["keys", "list", "--json", "--data", data]);
  expect(JSON.parse(stdout)).toHaveLength(24);
});
