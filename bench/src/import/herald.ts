import { createReadStream } from "node:fs";
import { Database, type DatabaseConfig } from "../../../server/src/db/pool.ts";
import { type ImportReport, importLeads } from "../../../server/src/sources/lead-import.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";

export type ImportCalls = {
  run(job: { path: string; workspaceId: string }): Promise<{ seconds: number; report: ImportReport }>;
  peakRss(): number;
};

/** The import alone, in a process of its own: file in, leads in the database. */
serve<DatabaseConfig, ImportCalls>(async (database) => {
  const db = new Database(database);
  return {
    calls: {
      async run({ path, workspaceId }) {
        const startedAt = performance.now();
        const report = await importLeads({ db, workspaceId, stream: createReadStream(path), defaultCountry: "US" });
        return { seconds: (performance.now() - startedAt) / 1000, report };
      },
      peakRss,
    },
    close: () => db.close(),
  };
});
