import { Rounds } from "../background/rounds.ts";
import { recordActs } from "../db/audit.ts";
import { type KeptReason, type LeadImport, lockDueUndo, moveUndo } from "../db/lead-import.ts";
import { judgeLeads, nextLeadsOf, removeLeads } from "../db/lead-import-undo.ts";
import type { Database, Queryable } from "../db/pool.ts";

export interface ImportUndoerOptions {
  db: Database;
  /** Milliseconds between looks when nothing wakes it. Default 5,000. */
  pollMs?: number;
  /** Leads in a transaction. Default 500. */
  batch?: number;
  onError: (stage: string, error: unknown) => void;
}

/**
 * Takes imports back: of the leads that one added those are removed of which nothing came. In parts, each a transaction that
 * moves the import's place: a crash loses nothing, and the next process goes on. Any number of processes may; one of them has
 * an import at a time.
 */
export class ImportUndoer {
  private readonly options: Required<ImportUndoerOptions>;
  private readonly rounds: Rounds;

  constructor(options: ImportUndoerOptions) {
    this.options = { pollMs: 5_000, batch: 500, ...options };
    const { pollMs, onError } = this.options;
    const round = async () => {
      await this.runOnce();
      return pollMs;
    };
    this.rounds = new Rounds({ round, retryMs: pollMs, onError: (error) => onError("import undo", error) });
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  /** One is to be undone. */
  wake(): void {
    this.rounds.wake();
  }

  /** Goes on with what is due (this import, or all), until nothing is; answers how many parts that were. */
  async runOnce(id: string | null = null): Promise<number> {
    let parts = 0;
    while (!this.rounds.stopping && (await this.part(id))) parts++;
    return parts;
  }

  /** One part. False: nothing is due. */
  async part(id: string | null = null): Promise<boolean> {
    return await this.options.db.transaction(async (tx) => {
      const one = await lockDueUndo(tx, id);
      if (!one) return false;
      await this.undoSome(tx, one);
      return true;
    });
  }

  private async undoSome(tx: Queryable, one: LeadImport): Promise<void> {
    const { workspaceId, undoPlace } = one;
    const ids = await nextLeadsOf(tx, one, undoPlace, this.options.batch);
    const judged = ids.length === 0 ? new Map<string, KeptReason | null>() : await judgeLeads(tx, one, ids);
    const kept = { ...one.kept };
    const gone: string[] = [];
    for (const [id, why] of judged) {
      if (why === null) gone.push(id);
      else kept[why] = (kept[why] ?? 0) + 1;
    }
    await removeLeads(tx, workspaceId, gone);
    const removed = one.removed + gone.length;
    const done = ids.length < this.options.batch;
    await moveUndo(tx, one, { place: ids.at(-1) ?? undoPlace, removed, kept, done });
    if (!done) return;
    const act = { workspaceId, actor: { kind: "system" as const, id: null }, action: "import.undone", target: one.id };
    await recordActs(tx, [{ ...act, content: { removed, kept, askedBy: one.undoBy } }]);
  }
}
