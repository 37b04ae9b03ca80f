import { Rounds } from "./rounds.ts";

export interface HousekeepingOptions {
  /** By name; done one after the other, in this order. */
  tasks: Readonly<Record<string, () => Promise<void>>>;
  onError: (task: string, error: unknown) => void;
  /** Milliseconds after a task has passed until it is done again. Default an hour. */
  everyMs?: number;
  /** The same where it has failed. Default a minute. */
  retryMs?: number;
}

/**
 * What is done about once an hour, beside everything else: a task may take minutes, and one that fails keeps the others
 * from nothing.
 */
export class Housekeeping {
  private readonly rounds: Rounds;

  constructor({ tasks, onError, everyMs = 3_600_000, retryMs = 60_000 }: HousekeepingOptions) {
    /** When each is due. Unix milliseconds. */
    const due = new Map(Object.keys(tasks).map((name) => [name, 0]));
    const round = async () => {
      for (const [name, task] of Object.entries(tasks)) {
        if (this.rounds.stopping) break;
        if (due.get(name)! > Date.now()) continue;
        try {
          await task();
          due.set(name, Date.now() + everyMs);
        } catch (error) {
          onError(name, error);
          due.set(name, Date.now() + retryMs);
        }
      }
      return Math.max(0, Math.min(...due.values()) - Date.now());
    };
    this.rounds = new Rounds({ round, retryMs, onError: (error) => onError("round", error) });
  }

  /** Whether a task that takes long has to come to its end. */
  get stopping(): boolean {
    return this.rounds.stopping;
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends after the task that is under way. */
  async stop(): Promise<void> {
    await this.rounds.stop();
  }
}
