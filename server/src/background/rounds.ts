export interface RoundsOptions {
  /** One round of work. Answers after how many milliseconds the next one begins, unless it is woken before; 0: at once. */
  round: () => Promise<number>;
  /** A round that throws is followed by the next one after so many milliseconds. */
  retryMs: number;
  onError: (error: unknown) => void;
}

/** Background work that is done in rounds, one after the other, until it is stopped. */
export class Rounds {
  private readonly options: RoundsOptions;
  private running = false;
  private wanted = false;
  private endPause: (() => void) | null = null;
  private finished: Promise<void> | null = null;

  constructor(options: RoundsOptions) {
    this.options = options;
  }

  /** Whether a round that takes long has to come to its end: it was started, and was told to stop. */
  get stopping(): boolean {
    return this.finished !== null && !this.running;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.finished = this.run();
  }

  /** Ends after the round that is under way. Before `start`, or twice, it is safe. */
  async stop(): Promise<void> {
    this.running = false;
    this.endPause?.();
    await this.finished;
  }

  /** There is something to do. During a round it makes the next one begin at once: that one may have looked already. */
  wake(): void {
    this.wanted = true;
    this.endPause?.();
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.wanted = false;
      let pauseMs = this.options.retryMs;
      try {
        pauseMs = await this.options.round();
      } catch (error) {
        this.options.onError(error);
      }
      if (pauseMs > 0 && !this.wanted && this.running) await this.pause(pauseMs);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.endPause = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.endPause = done;
    });
  }
}
