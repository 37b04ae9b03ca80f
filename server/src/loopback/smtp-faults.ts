import type { Gate } from "./faults.ts";

/**
 * A fault that the loopback SMTP server commits: what happens, at which point of the session, to whom, how often.
 * With neither `reply` nor `drop` it only delays (`hold`) what would have happened anyway.
 */
export interface SmtpFault {
  /**
   * `greeting`: on connect. `auth`, `mail`, `rcpt`, `data`: in answer to that command. `content`: after 354, when the
   * first octets of the content arrive. `end`: in answer to the final dot.
   */
  at: "greeting" | "auth" | "mail" | "rcpt" | "data" | "content" | "end";
  /** Only for these transactions; `from` and `to` are what the session knows so far. Default: every one. */
  when?: (about: { from: string; to: readonly string[] }) => boolean;
  /** How many times the fault happens. Default 1. */
  times?: number;
  /** The raw answer line, for example `451 4.3.0 later` or pure garbage. After 421 the connection is closed. */
  reply?: string;
  /** Destroys the connection, after `reply` if there is one. */
  drop?: boolean;
  /** At `end`: the mail is kept all the same, as by a server that took it and then failed to say so. Default false. */
  store?: boolean;
  /** The session waits at this gate before the fault happens. */
  hold?: Gate;
}

/** Faults in the order in which they were scripted; each is used up after its `times`. */
export class FaultScript {
  readonly #pending: { fault: SmtpFault; left: number }[] = [];

  add(...faults: SmtpFault[]): void {
    for (const fault of faults) this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  /** Takes the first fault that applies at this point, or null. */
  take(at: SmtpFault["at"], about: { from: string; to: readonly string[] }): SmtpFault | null {
    const index = this.#pending.findIndex(({ fault }) => fault.at === at && (fault.when?.(about) ?? true));
    const entry = this.#pending[index];
    if (!entry) return null;
    entry.left -= 1;
    if (entry.left <= 0) this.#pending.splice(index, 1);
    return entry.fault;
  }

  /** How many scripted faults have not been used up. */
  get left(): number {
    return this.#pending.length;
  }
}
