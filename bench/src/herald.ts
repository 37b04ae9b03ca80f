import type { HeraldConfig } from "../../server/src/config.ts";
import type { Herald } from "../../server/src/herald.ts";
import type { Scratch } from "./scratch.ts";
import { until } from "./until.ts";

/** The configuration that `herald start` has by default, on the benchmark's data folder. Plain values: it goes to child processes. */
export function heraldConfig(scratch: Pick<Scratch, "dataDir" | "secretKey">): HeraldConfig {
  return {
    host: "127.0.0.1",
    port: 0,
    dataDir: scratch.dataDir,
    databaseUrl: null,
    secretKey: scratch.secretKey,
    allowPrivateDestinations: true,
    egressProxy: null,
    publicUrl: null,
    trustedProxies: null,
    notifySmtp: null,
    oidc: null,
    logLevel: "warn",
    reconcileAfterMs: 45_000,
    pollEveryMs: null,
    databaseConnections: 12,
    retentionDays: 0,
  };
}

/** Resolves when nothing waits or is under way in the outbox. */
export async function outboxEmpty(herald: Herald): Promise<void> {
  const sql = "select exists (select 1 from outbox) as busy";
  await until(async () => !(await herald.context.db.query<{ busy: boolean }>(sql)).rows[0]!.busy);
}
