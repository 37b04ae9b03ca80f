import type { TouchedLane } from "../db/event.ts";
import type { LaneKind } from "../db/outbox.ts";
import type { Database } from "../db/pool.ts";

/** What one process tells the others after a commit: lanes with new work, or that steps became due. */
export type Signal = { kind: LaneKind; lanes: readonly TouchedLane[] | null } | { kind: "plan" };

const channel = "herald";
/** PostgreSQL takes at most 8,000 bytes a notification; beyond that the message is "look everywhere". */
const maxPayload = 7_500;

/**
 * LISTEN and NOTIFY between processes. It is a wake-up only: what is lost (a dropped connection) is found by polling, and
 * after each reconnect everything is looked at once.
 */
export class Signals {
  private readonly db: Database;
  private readonly self: string;
  private readonly onSignal: (signal: Signal) => void;
  private readonly onReconnect: () => void;
  private running = false;
  private client: { end(): Promise<void> } | null = null;
  private readonly waiting = new Map<string, Map<string, TouchedLane> | "all">();
  private planWanted = false;
  private timer: NodeJS.Timeout | null = null;
  /** Whether other processes are there to be told; see `setPeers`. */
  private peers = true;

  constructor(options: { db: Database; self: number; onSignal: (signal: Signal) => void; onReconnect: () => void }) {
    this.db = options.db;
    this.self = String(options.self);
    this.onSignal = options.onSignal;
    this.onReconnect = options.onReconnect;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.listen();
  }

  async stop(): Promise<void> {
    this.running = false;
    if (this.timer) clearTimeout(this.timer);
    await this.flush().catch(() => {});
    await this.client?.end().catch(() => {});
  }

  /** With no other process there is nobody to be told, and the notification is saved. */
  setPeers(present: boolean): void {
    this.peers = present;
  }

  /** Tells the other processes, a few milliseconds later, together with what else there is to tell. */
  send(signal: Signal): void {
    if (!this.peers) return;
    if (signal.kind === "plan") this.planWanted = true;
    else if (signal.lanes === null) this.waiting.set(signal.kind, "all");
    else {
      const known = this.waiting.get(signal.kind) ?? new Map<string, TouchedLane>();
      if (known !== "all") for (const lane of signal.lanes) known.set(lane.laneId, lane);
      this.waiting.set(signal.kind, known);
    }
    this.timer ??= setTimeout(() => {
      this.timer = null;
      // Lost with the connection: the others find the work by polling.
      this.flush().catch(() => {});
    }, 5);
  }

  private async flush(): Promise<void> {
    const payloads: string[] = [];
    if (this.planWanted) payloads.push(JSON.stringify([this.self, "plan"]));
    for (const [kind, lanes] of this.waiting) {
      const list = lanes === "all" ? null : [...lanes.values()].map((lane) => [lane.workspaceId, lane.laneId]);
      const payload = JSON.stringify([this.self, kind, list]);
      payloads.push(payload.length <= maxPayload ? payload : JSON.stringify([this.self, kind, null]));
    }
    this.planWanted = false;
    this.waiting.clear();
    if (payloads.length > 0)
      await this.db.query("select pg_notify($1, p) from unnest($2::text[]) as p", [channel, payloads]);
  }

  private async listen(): Promise<void> {
    for (let failures = 0; this.running; ) {
      try {
        const client = await this.db.connect();
        this.client = client;
        const lost = new Promise<void>((resolve) => {
          client.once("error", () => resolve());
          client.once("end", () => resolve());
        });
        client.on("notification", (message) => this.receive(message.payload ?? ""));
        await client.query(`listen ${channel}`);
        failures = 0;
        this.onReconnect();
        await lost;
        await client.end().catch(() => {});
      } catch {
        failures++;
      }
      if (this.running) await new Promise((resolve) => setTimeout(resolve, Math.min(5_000, 200 * 2 ** failures)));
    }
  }

  private receive(payload: string): void {
    let message: [string, string, [string, string][] | null | undefined];
    try {
      message = JSON.parse(payload);
    } catch {
      return;
    }
    const [from, kind, lanes] = message;
    if (from === this.self) return;
    if (kind === "plan") this.onSignal({ kind: "plan" });
    else if (kind === "message" || kind === "delivery") {
      this.onSignal({ kind, lanes: lanes ? lanes.map(([workspaceId, laneId]) => ({ workspaceId, laneId })) : null });
    }
  }
}
