import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SendResult } from "../channels/channel.ts";

/**
 * What a process was doing with its messages when it was killed. Attempts are committed in batches, a little before their
 * calls; of those that the dead process left without an outcome, the database alone can't tell which were handed to the
 * provider, nor what the provider had answered already. So each hand-over and each answer is a line in a file of the
 * process, written before the next step is taken. A killed process's file is in the kernel's cache whole; after a crash of
 * the machine it may not be, so a file counts only within the boot in which it was written. Without a file (another
 * machine, another folder, no /proc) nothing is lost but this knowledge: such messages are looked up, or uncertain.
 */
export interface Flight {
  messageId: string;
  attempts: number;
  /** False: no octet of it can have left. */
  handedOver: boolean;
  /** What the provider answered, if it had. */
  result: SendResult | null;
}

type Line = ["header", string, number] | ["over", string, number] | ["answer", string, number, SendResult];

/** The file is written anew, with what is still open, when it has grown by so many bytes. */
const rotateBytes = 4 * 1024 * 1024;

function bootId(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

const fileOf = (folder: string, workerNo: number) => join(folder, `${workerNo}.jsonl`);

export class FlightRecorder {
  private readonly file: string;
  private readonly header: string;
  private fd: number | null = null;
  private written = 0;
  /** The lines of messages whose outcome is not in the database yet. */
  private readonly open = new Map<string, string>();

  /** A folder that can't be written makes a recorder that records nothing. */
  constructor(folder: string, workerNo: number) {
    this.file = fileOf(folder, workerNo);
    const boot = bootId();
    this.header = `${JSON.stringify(["header", boot ?? "", workerNo] satisfies Line)}\n`;
    if (boot === null) return;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.begin("");
    } catch {
      this.fd = null;
    }
  }

  /** From here on the provider may have it. */
  handOver(messageId: string, attempts: number): void {
    this.write(messageId, ["over", messageId, attempts]);
  }

  answered(messageId: string, attempts: number, result: SendResult): void {
    this.write(messageId, ["answer", messageId, attempts, result]);
  }

  /** Its outcome is in the database. */
  settled(messageId: string): void {
    this.open.delete(messageId);
  }

  close(): void {
    if (this.fd === null) return;
    closeSync(this.fd);
    this.fd = null;
    rmSync(this.file, { force: true });
  }

  private write(messageId: string, line: Line): void {
    if (this.fd === null) return;
    const text = `${JSON.stringify(line)}\n`;
    this.open.set(messageId, (this.open.get(messageId) ?? "") + text);
    try {
      // Synchronous: about 3 µs into the kernel's cache, and it must have happened before anything else does.
      if (writeSync(this.fd, text) < Buffer.byteLength(text)) throw new Error("The disk took a part of a line.");
      this.written += text.length;
      if (this.written > rotateBytes) this.begin([...this.open.values()].join(""));
    } catch {
      // A full disk: from here on nothing is recorded, and of what was nothing is believed.
      this.giveUp();
    }
  }

  private giveUp(): void {
    try {
      this.close();
    } catch {
      this.fd = null;
    }
  }

  private begin(lines: string): void {
    const fresh = `${this.file}.new`;
    const fd = openSync(fresh, "w", 0o600);
    writeSync(fd, this.header + lines);
    renameSync(fresh, this.file);
    if (this.fd !== null) closeSync(this.fd);
    this.fd = fd;
    this.written = 0;
  }
}

/** The file of a process that is dead. Null: there is none that can be believed, and nothing is known. */
export function readFlights(folder: string, workerNo: number): Flight[] | null {
  let text: string;
  try {
    text = readFileSync(fileOf(folder, workerNo), "utf8");
  } catch {
    return null;
  }
  const flights = new Map<string, Flight>();
  let believed = false;
  for (const row of text.split("\n")) {
    if (row === "") continue;
    let line: Line;
    try {
      line = JSON.parse(row) as Line;
    } catch {
      // Killed in the middle of a write: the last line only, and its step was not taken.
      continue;
    }
    const [kind, messageId, attempts] = line;
    if (kind === "header") believed = line[1] === bootId() && line[2] === workerNo;
    else if (kind === "over") flights.set(messageId, { messageId, attempts, handedOver: true, result: null });
    else flights.set(messageId, { messageId, attempts, handedOver: true, result: line[3] });
  }
  return believed ? [...flights.values()] : null;
}

export function forgetFlights(folder: string, workerNo: number): void {
  rmSync(fileOf(folder, workerNo), { force: true });
}
