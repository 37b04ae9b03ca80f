import { setTimeout as pause } from "node:timers/promises";
import { recordActs } from "../db/audit.ts";
import { getLeadImport, keptReasons, type LeadImport, listLeadImports, startUndo } from "../db/lead-import.ts";
import { countUndo } from "../db/lead-import-undo.ts";
import { ImportUndoer } from "../sources/import-undo.ts";
import { Failure } from "./failure.ts";
import type { ListImportsOptions, UndoOptions } from "./leads.ts";
import { count, print } from "./print.ts";
import { configOf } from "./settings.ts";
import { cliActor } from "./who.ts";
import { withDatabase, workspaceIdOf } from "./with-database.ts";

/** `herald leads imports`. */
export async function listImports(options: ListImportsOptions): Promise<void> {
  await withDatabase(configOf(options), async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    const imports = await listLeadImports(db, workspaceId, null, 50);
    if (options.json) print(JSON.stringify(imports));
    else if (imports.length === 0) print("No file was imported yet.");
    else for (const one of imports) print(`${one.createdAt.toISOString()}  ${one.id}  ${stateOf(one)}`);
  });
}

function stateOf({ added, rows, endedAt, cutOff, undoState, removed }: LeadImport): string {
  const brought = `${count(added, "lead")} of ${count(rows, "row")}`;
  if (undoState !== null) return `${brought}, undone: ${count(removed, "lead")} removed`;
  return endedAt !== null ? brought : `${brought}, ${cutOff ? "cut off" : "still running"}`;
}

const whys = {
  written: "were written to, or wrote",
  changed: "were changed since",
  enrolled: "are in another campaign",
} as const;

/** `herald leads undo`. */
export async function undoImport(id: string, options: UndoOptions): Promise<void> {
  await withDatabase(configOf(options), async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    const one = await getLeadImport(db, workspaceId, id);
    if (!one) throw new Failure(`There is no import ${id} in this workspace; herald leads imports lists them.`);
    if (one.undoState === null && one.endedAt === null && !one.cutOff)
      throw new Failure(`The import ${id} still runs; undo it when it has ended.`);
    if (!options.yes && one.undoState === null) {
      const { removable, kept } = await countUndo(db, one);
      const stay = keptReasons.flatMap((why) => (kept[why] ? [`${count(kept[why], "lead")} ${whys[why]}`] : []));
      print(`${count(removable, "lead")} would be removed.${stay.length > 0 ? ` To stay: ${stay.join(", ")}.` : ""}`);
      throw new Failure(`It can't be taken back. To do it: herald leads undo ${id} --yes`, { exitCode: 2 });
    }
    const actor = cliActor();
    if (one.undoState === null)
      await db.transaction(async (tx) => {
        await startUndo(tx, workspaceId, id, actor.id);
        const act = { workspaceId, actor, action: "import.undo", target: id };
        await recordActs(tx, [{ ...act, content: {} }]);
      });
    const undoer = new ImportUndoer({ db, onError: () => {} });
    let now = one;
    do {
      // A Herald that runs may be at it, too; one of the two has a part at a time.
      if ((await undoer.runOnce(id)) === 0) await pause(100);
      now = (await getLeadImport(db, workspaceId, id))!;
    } while (now.undoState === "running");
    if (options.json) {
      print(JSON.stringify({ id, removed: now.removed, kept: now.kept }));
      return;
    }
    print(`${count(now.removed, "lead")} removed.`);
    for (const why of keptReasons)
      if (now.kept[why]) print(`${count(now.kept[why], "lead")} stayed: they ${whys[why]}.`);
  });
}
