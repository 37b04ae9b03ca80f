import { randomBytes } from "node:crypto";
import { type Database, isConnectionError } from "../../../src/db/pool.ts";
import { type Receiver, startReceiver } from "../../../src/loopback/receiver.ts";
import { startTwilio, type TwilioLoopback } from "../../../src/loopback/twilio.ts";
import type { HeraldProcess } from "../herald-process.ts";

const accountSid = `AC${"0".repeat(32)}`;
/** Clients that write at once, each with a lead of its own. */
export const leadCount = 100;

export interface WorldOptions {
  herald: HeraldProcess;
  /** Default: the embedded database of this Herald. */
  database?: Database;
  /** Where receivers listen. Default 127.0.0.1. */
  host?: string;
  /** `sandbox`: messages reach nobody, for a Herald that doesn't reach this host's loopback. Default twilio. */
  provider?: "twilio" | "sandbox";
}

/** One Herald with what is around it: a provider and a webhook receiver in this process, which outlive every fault. */
export class World {
  readonly herald: HeraldProcess;
  readonly db: Database;
  readonly receiver: Receiver;
  readonly twilio: TwilioLoopback | null;
  workspaceId = "";
  destinationId = "";
  leadIds: string[] = [];
  /** Events that a case has judged already. */
  readonly judged = new Set<string>();
  private readonly secret: string;

  private constructor(
    herald: HeraldProcess,
    db: Database,
    peers: Pick<World, "receiver" | "twilio"> & { secret: string },
  ) {
    this.herald = herald;
    this.db = db;
    this.receiver = peers.receiver;
    this.twilio = peers.twilio;
    this.secret = peers.secret;
  }

  /** With Herald started, a sender, a destination and leads. `undo` gets what has to be stopped. */
  static async open(options: WorldOptions, undo: AsyncDisposableStack): Promise<World> {
    const { herald, host = "127.0.0.1", provider = "twilio" } = options;
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const receiver = await startReceiver({ format: "herald", secret, light: true, host });
    undo.defer(() => receiver.close());
    const twilio = provider === "twilio" ? await startTwilio({ accountSid, authToken: "token" }) : null;
    undo.defer(async () => await twilio?.close());
    undo.defer(() => herald.end());
    await herald.start();
    const db = options.database ?? herald.database();
    undo.defer(() => db.close());
    const world = new World(herald, db, { receiver, twilio, secret });
    await world.setUp();
    return world;
  }

  private async setUp(): Promise<void> {
    const { herald, twilio } = this;
    this.workspaceId = (await herald.call<{ id: string }>("GET", "/v1/workspace")).id;
    const why = { override: true, reason: "The tests run at any hour." };
    await herald.call("PATCH", "/v1/workspace", { smsHours: { from: "00:00", to: "24:00" }, ...why });
    await herald.call("POST", "/v1/senders", {
      ...{ name: "Number", channel: "sms" },
      ...(twilio
        ? {
            provider: "twilio",
            config: { accountSid, from: "+12025550100", baseUrl: twilio.url },
            credentials: { authToken: "token" },
          }
        : { provider: "sandbox" }),
    });
    const url = `${this.receiver.url}hook`;
    const destination = { name: "Receiver", url, secret: this.secret };
    this.destinationId = (await herald.call<{ id: string }>("POST", "/v1/destinations", destination)).id;
    const leads = Array.from({ length: leadCount }, (_, n) => ({ phone: `+1202${2_000_000 + n}` }));
    await herald.call("POST", "/v1/leads", { leads });
    this.leadIds = (await this.ask<{ id: string }>("select id from lead order by phone")).map(({ id }) => id);
    await this.ask("analyze");
    // A case begins by killing Herald: what comes of setting up would be under way then, come again, and be counted as the
    // fault's, which was not there yet.
    await this.idle();
  }

  /** Resolves when no delivery waits or is under way. */
  private async idle(): Promise<void> {
    const sql = "select (select count(*)::int from outbox) + (select coalesce(sum(leased), 0)::int from lane) as n";
    while ((await this.ask<{ n: number }>(sql))[0]!.n > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Rows from the database, asked again for as long as it is away. */
  async ask<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    for (;;) {
      try {
        return (await this.db.query<Row & Record<string, unknown>>(text, values)).rows;
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Deliveries that are leased. */
  async underWay(): Promise<number> {
    const sql =
      "select count(*)::int as n from outbox o join lane l on l.id = o.lane_id where l.kind = 'delivery' and o.lease is not null";
    return (await this.ask<{ n: number }>(sql))[0]!.n;
  }
}
