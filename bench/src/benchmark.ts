/** What a benchmark is, and what it reports. */

export interface BenchmarkOptions {
  /** A run of at most some fifteen seconds, for continuous integration. */
  quick: boolean;
  /** Items in one measurement; default: the benchmark's own. */
  count: number | null;
  /** Roughly how many seconds Herald is measured for, in place of a count. */
  seconds: number | null;
  /** For `delivery`: how often everybody is measured. Default 5, with `quick` 3. */
  rounds: number | null;
  /** For `delivery`: how many destinations the events go to. Default 1. */
  destinations: number;
  /** For `delivery`: how many destinations each event goes to. Default 1. */
  fanout: number;
  /** For `delivery`: leads that the events are about, each one's to arrive in order. 0: events have no lead, and no order. */
  leads: number;
  /** For `delivery`: events that were delivered before, in the log. Default 0. */
  past: number;
  /** For `delivery`: a report holds a snapshot open for the whole run. */
  snapshot: boolean;
  /** Says what is being done. */
  progress: (text: string) => void;
}

export interface Benchmark {
  name: string;
  /** One line: what one item is. */
  title: string;
  /** What is aimed at; shown beside the figures, and no part of `ok`: another machine has other speeds. */
  targets: Targets;
  /** `undo` gets everything that has to be stopped or removed, also when the run fails. */
  run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report>;
}

export interface Targets {
  ratio?: number;
  perSecond?: number;
  /** At least so many times the peer's rate. */
  peers?: Record<string, number>;
  rssMb?: number;
  /** Figures that are to be so much at most. */
  atMost?: Record<string, number>;
}

export interface Checked {
  /** Items handed in. */
  sent: number;
  /** Of them, those that arrived exactly once, as they were meant. */
  arrivedOnce: number;
  /** Webhooks that arrived with a valid signature; null where the benchmark has none. */
  signaturesValid: number | null;
}

/** A benchmark's verdict on its own validity. */
export interface Verdict {
  ok: boolean;
  checked: Checked;
  /** What was wrong, in sentences. */
  problems: string[];
}

export interface Report extends Verdict {
  bench: string;
  /** perSecond / baselinePerSecond. */
  ratio: number;
  /** Items a second by Herald: over all measurements, or the median of the rounds. */
  perSecond: number;
  /** Items a second by the baseline, measured in turn with Herald. */
  baselinePerSecond: number;
  /** What the baseline is. */
  baseline: string;
  peers: Record<string, { perSecond: number }>;
  /** Peak resident memory of the process that does Herald's work, in MiB. */
  rssMb: number;
  /** CPU microseconds an item by process, while Herald is measured. Empty where the system doesn't tell. */
  cpuMicroseconds: Record<string, number>;
  /** Further figures, by name. */
  figures: Record<string, number>;
}
