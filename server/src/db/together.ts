import type pg from "pg";
import type { Queryable } from "./pool.ts";

/**
 * Calls of one statement, made at the same time by many pieces of work in one transaction, as one statement.
 *
 * What comes in says one thing about one person, and the code that obeys it is written so: find the lead, write the message,
 * change the status. Two hundred of them one after the other are two hundred times a dozen statements, most of whose cost is
 * fixed. So they run side by side on one connection, each up to its next statement; those that want the same statement are
 * then served by it together. Statements that are not made for sets are run one by one.
 *
 * The connection takes one statement at a time, so that nothing is lost by waiting. Of what waits the largest group goes
 * first: the others, who took another way, catch up or are joined meanwhile.
 */

/**
 * A statement for many items of one workspace. `run` answers with one result an item, in their order. No two items that are
 * run together may change the same row: who makes the calls sees to that.
 */
export interface SetStatement<Item, Result> {
  readonly name: string;
  readonly run: (db: Queryable, workspaceId: string, items: readonly Item[]) => Promise<Result[]>;
}

/** Runs the statement for one item; with those of others, where calls are gathered. */
export async function inSet<Item, Result>(
  db: Queryable,
  statement: SetStatement<Item, Result>,
  workspaceId: string,
  item: Item,
): Promise<Result> {
  if (db.gather) return await db.gather(statement, workspaceId, item);
  return (await statement.run(db, workspaceId, [item]))[0] as Result;
}

interface Call {
  item: unknown;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

interface Group {
  statement: object;
  workspaceId: string;
  run: (items: readonly unknown[]) => Promise<readonly unknown[]>;
  calls: Call[];
}

/** Items of one statement at most. */
const mostItems = 500;

/** A connection in a transaction, shared by pieces of work that run at the same time. */
export class GatheringConnection implements Queryable {
  readonly sharded: boolean;
  private readonly tx: Queryable;
  /** What waits, by its statement; of each for one workspace, as a rule. */
  private readonly groups = new Map<object, Group[]>();
  private running = false;
  /** A statement failed, and with it the transaction: whatever is asked gets this answer. */
  private failure: { error: unknown } | null = null;

  constructor(tx: Queryable) {
    this.tx = tx;
    this.sharded = tx.sharded ?? false;
  }

  /** Whether a statement failed. */
  get lost(): boolean {
    return this.failure !== null;
  }

  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    // A statement of its own.
    return this.add({}, "", async () => [await this.tx.query<Row>(text, values)], null);
  }

  gather<Item, Result>(statement: SetStatement<Item, Result>, workspaceId: string, item: Item): Promise<Result> {
    // As many as wait; not through `query`, which would wait behind the very statement that it is.
    return this.add(statement, workspaceId, null, item);
  }

  /** `run`: of what is no statement for sets. */
  private add<Result>(
    statement: object,
    workspaceId: string,
    run: Group["run"] | null,
    item: unknown,
  ): Promise<Result> {
    if (this.failure) return Promise.reject(this.failure.error);
    return new Promise((resolve, reject) => {
      this.groupOf(statement, workspaceId, run).calls.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private groupOf(statement: object, workspaceId: string, run: Group["run"] | null): Group {
    const all = this.groups.get(statement) ?? [];
    const known = all.find((group) => group.workspaceId === workspaceId);
    if (known) return known;
    const set = statement as SetStatement<unknown, unknown>;
    const group: Group = {
      ...{ statement, workspaceId, calls: [] },
      run: run ?? ((items) => set.run(this.tx, workspaceId, items)),
    };
    this.groups.set(statement, [...all, group]);
    return group;
  }

  /** After the current turn: by then each piece of work has come as far as it could. */
  private schedule(): void {
    if (this.running) return;
    this.running = true;
    setImmediate(() => void this.next());
  }

  private async next(): Promise<void> {
    let group: Group | null = null;
    for (const all of this.groups.values()) {
      for (const one of all) if (group === null || one.calls.length > group.calls.length) group = one;
    }
    if (group === null) {
      this.running = false;
      return;
    }
    const calls = group.calls.splice(0, mostItems);
    if (group.calls.length === 0) this.forget(group);
    try {
      const results = await group.run(calls.map(({ item }) => item));
      for (const [n, call] of calls.entries()) call.resolve(results[n] as never);
    } catch (error) {
      this.fail(error, calls);
    }
    setImmediate(() => void this.next());
  }

  private forget({ statement, workspaceId }: Group): void {
    const others = this.groups.get(statement)!.filter((one) => one.workspaceId !== workspaceId);
    if (others.length > 0) this.groups.set(statement, others);
    else this.groups.delete(statement);
  }

  /** PostgreSQL takes nothing more in this transaction. */
  private fail(error: unknown, calls: readonly Call[]): void {
    this.failure = { error };
    const waiting = [...this.groups.values()].flatMap((all) => all.flatMap((group) => group.calls));
    this.groups.clear();
    for (const call of [...calls, ...waiting]) call.reject(error);
  }
}
