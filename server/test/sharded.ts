import { spawnSync } from "node:child_process";

/**
 * `npm run test:sharded`: the tests of what works on the database, with the statements that are sent to a sharded one. They
 * must come out the same. (That a cluster takes these statements is looked at in every run, see statements.ts.)
 */
const folders = ["api", "campaigns", "db", "destinations", "outbox", "sources"].map((name) => `server/test/${name}`);
const { status } = spawnSync("npx", ["vitest", "run", ...(process.argv.length > 2 ? process.argv.slice(2) : folders)], {
  stdio: "inherit",
  env: { ...process.env, HERALD_TEST_SHARDED: "1" },
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
