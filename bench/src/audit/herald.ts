import { AuditSealer } from "../../../server/src/audit/sealer.ts";
import { type AuditReport, verifyAudit } from "../../../server/src/audit/verify.ts";
import { Database, type DatabaseConfig } from "../../../server/src/db/pool.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";

export type AuditCalls = {
  /** Seals what there is; answers how many entries. */
  seal(): Promise<number>;
  /** As `herald audit verify`. */
  verify(workspaceId: string): Promise<AuditReport>;
  peakRss(): number;
};

/** Sealing and verifying alone, in a process of their own. */
serve<DatabaseConfig, AuditCalls>(async (database) => {
  const db = new Database(database);
  const failed: string[] = [];
  const sealer = new AuditSealer({ db, onError: (stage, error) => failed.push(`${stage}: ${String(error)}`) });
  return {
    calls: {
      async seal() {
        const sealed = await sealer.runOnce();
        if (failed.length > 0) throw new Error(failed.join(" "));
        return sealed;
      },
      verify: (workspaceId) => verifyAudit(db, workspaceId),
      peakRss,
    },
    close: () => db.close(),
  };
});
