import { writeSync } from "node:fs";

/**
 * For the tests of crashes, and nothing else: stops this process exactly at a named point, so that it, or its database,
 * can be killed there. HERALD_TEST_STOP_AT is `<point>` or `<point>:<n>` (the n-th time that it is passed; default: the
 * first), and is read once, at the start. The process says so on its output and stops itself by SIGSTOP, with all its
 * threads; SIGCONT lets it go on, and it doesn't stop again.
 *
 * Points of the outbox are passed once a batch, never once an item; without the variable each is a look at a constant that is null.
 */
const names = [
  // A request's messages are checked, and not handed to the database yet.
  "message.accepted",
  // Their transaction is committed, and nobody is answered yet.
  "message.committed",
  // A claim is committed, and nothing of it prepared yet. (Of deliveries and of messages, as the next two.)
  "message.claimed",
  "delivery.claimed",
  // Of a batch some are begun, and the rest not: only in batches that are begun in several turns.
  "message.batch",
  "delivery.batch",
  // Results are known, and not written yet.
  "message.sent",
  "delivery.sent",
  // A part of a replay is queued in a transaction that is not committed yet.
  "replay.queued",
  // A day of history is dropped in a transaction that is not committed yet.
  "retention.dropped",
  // All that something means that came in at a source is written, in a transaction that is not committed yet.
  "source.applied",
  // Mails of a mailbox are kept, in a transaction that is not committed yet.
  "mailbox.keeping",
  // A model has answered, its cost is written, and what becomes of the answer is not.
  "assistant.answered",
] as const;

export type StopPointName = (typeof names)[number];

class StopPoint {
  private readonly name: StopPointName;
  private left: number;

  constructor(name: StopPointName, left: number) {
    this.name = name;
    this.left = left;
  }

  reached(name: StopPointName): void {
    if (name !== this.name || this.left === 0 || --this.left > 0) return;
    // Synchronous: it must be out before the process stops.
    writeSync(1, `Stopped at ${name} (HERALD_TEST_STOP_AT); SIGCONT goes on.\n`);
    process.kill(process.pid, "SIGSTOP");
  }
}

/** Throws where the variable names no point: a test that stops nowhere would prove nothing. */
export function readStopPoint(value: string | undefined): StopPoint | null {
  if (!value) return null;
  const [, name, count = "1"] = /^([a-z.]+)(?::(\d{1,6}))?$/.exec(value) ?? [];
  const known = names.find((candidate) => candidate === name);
  if (!known || Number(count) === 0) {
    throw new Error(
      `HERALD_TEST_STOP_AT is "${value}"; it can be one of ${names.join(", ")}, and :n behind it (from 1). It is for tests: unset it.`,
    );
  }
  return new StopPoint(known, Number(count));
}

export const stopPoint = readStopPoint(process.env.HERALD_TEST_STOP_AT);
