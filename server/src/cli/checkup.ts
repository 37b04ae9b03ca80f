import { existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { HeraldConfig } from "../config.ts";
import { type Destination, everyDestination, sealedOf } from "../db/destination.ts";
import { startEmbedded } from "../db/embedded.ts";
import { type DatabaseHealth, databaseHealth, oldestSnapshot, type Standing, whatStands } from "../db/health.ts";
import { queueDepth } from "../db/lane.ts";
import { Database, type Queryable } from "../db/pool.ts";
import { missingMigrations } from "../db/readiness.ts";
import { type HeldBack, heldBack } from "../db/retention.ts";
import { type SealedKey, type SealedSender, sealedSenders } from "../db/sender.ts";
import { sendsEmail } from "../db/sender-lookup.ts";
import { SecretBox, sealedProblem } from "../domain/seal.ts";
import { loadSecretKey } from "../secret-key.ts";
import { explain } from "./failure.ts";
import { count } from "./print.ts";

/** One thing that was looked at. */
export interface Finding {
  about: string;
  state: "ok" | "warning" | "broken";
  /** What is the case. */
  detail: string;
  /** What to do about it; null where nothing has to be done. */
  remedy: string | null;
}

const ok = (about: string, detail: string): Finding => ({ about, state: "ok", detail, remedy: null });
const warning = (about: string, detail: string, remedy: string): Finding => ({
  about,
  state: "warning",
  detail,
  remedy,
});
const broken = (about: string, detail: string, remedy: string): Finding => ({ about, state: "broken", detail, remedy });

/** Looks at everything that can be looked at; what can't be reached is a finding, not an error. */
export async function examine(config: HeraldConfig): Promise<Finding[]> {
  const around = [await disk(config), secretKey(config)];
  if (config.databaseUrl === null && !existsSync(join(config.dataDir, "postgres", "PG_VERSION"))) {
    // To look at one that isn't there would make it.
    const remedy = "Start Herald, which makes it; or say where it is with --data, HERALD_DATA or DATABASE_URL.";
    return [broken("database", `there is none in ${config.dataDir} yet.`, remedy), ...around];
  }
  let opened: { db: Database; close: () => Promise<void> };
  try {
    opened = await openAsItIs(config);
  } catch (error) {
    const remedy = config.databaseUrl
      ? "Start the server, or correct DATABASE_URL."
      : "See the server's log in the data folder (postgres.log), and whether the disk is full.";
    return [broken("database", explain(error, config.databaseUrl).message, remedy), ...around];
  }
  try {
    return [...(await inside(opened.db, config)), ...around];
  } catch (error) {
    const remedy = "Run herald migrate, and look into the database's log.";
    return [broken("database", explain(error, config.databaseUrl).message, remedy), ...around];
  } finally {
    await opened.close();
  }
}

/** Without bringing the schema up to date: an examination changes nothing. */
async function openAsItIs(config: HeraldConfig) {
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir) : null;
  const db = new Database(embedded ? embedded.config : { connectionString: config.databaseUrl! }, 2);
  const close = async () => {
    await db.close();
    await embedded?.leave();
  };
  try {
    await db.query("select 1");
  } catch (error) {
    await close();
    throw error;
  }
  return { db, close };
}

async function inside(db: Queryable, config: HeraldConfig): Promise<Finding[]> {
  const { rows } = await db.query<{ there: boolean }>("select to_regclass('migration') is not null as there");
  const missing = rows[0]!.there ? await missingMigrations(db) : null;
  if (missing === null || missing.length > 0) {
    const what = missing === null ? "the database is empty" : `it lacks ${missing.join(", ")}`;
    return [broken("schema", `${what}.`, "Run herald migrate, or start Herald, which does the same.")];
  }
  const asked = Date.now();
  const health = await databaseHealth(db);
  const clock = { ours: (asked + Date.now()) / 2, theirs: health.now };
  return [
    ...database(health),
    ok("schema", "up to date."),
    clocks(clock),
    partitions(health),
    ...(await lanes(db)),
    ...standing(await whatStands(db)),
    ...(await credentials(db, config)),
    ...(config.retentionDays > 0 ? retention(await heldBack(db, config.retentionDays), config.retentionDays) : []),
    ...(config.publicUrl === null && (await sendsEmail(db)) ? [noPublicUrl] : []),
    outbox(health),
    snapshot(health, await oldestSnapshot(db)),
  ];
}

function database(health: DatabaseHealth): Finding[] {
  const { version, bytes, connections, maxConnections, fsync, readOnly } = health;
  const detail = `PostgreSQL ${version}, ${size(bytes)}, ${connections} of ${maxConnections} connections in use.`;
  const findings = [
    connections > 0.9 * maxConnections
      ? warning("database", detail, "Raise max_connections, or lower HERALD_DATABASE_CONNECTIONS of each process.")
      : ok("database", detail),
  ];
  if (readOnly !== null) {
    const [why, remedy] =
      readOnly === "standby"
        ? [
            "the server is a standby, which follows another one",
            "Let DATABASE_URL name the primary, or promote this one.",
          ]
        : [
            "its transactions are read-only (default_transaction_read_only)",
            "Managed servers set this where their disk is full: make room there. Else somebody set it for this database or role: ALTER DATABASE ... RESET.",
          ];
    findings.push(broken("database", `nothing can be written: ${why}.`, remedy));
  }
  if (!fsync) {
    const detail = "fsync is off: a crash of the machine can lose what was accepted, and make messages go out twice.";
    findings.push(broken("durability", detail, "Set fsync = on in the server's configuration and restart it."));
  }
  return findings;
}

const noPublicUrl = warning(
  "public URL",
  "HERALD_PUBLIC_URL is not set: emails of campaigns have no link to unsubscribe, which Gmail and Yahoo ask of mass mail.",
  "Set it to where Herald is reached from outside, such as https://herald.example.com.",
);

/** Signatures hold a time, and receivers refuse those that are minutes off. */
function clocks({ ours, theirs }: { ours: number; theirs: number }): Finding {
  const seconds = Math.abs(ours - theirs) / 1000;
  const detail = `this machine and the database differ by ${seconds.toFixed(1)} s.`;
  const remedy = "Let both machines follow a time server (chrony, systemd-timesyncd).";
  if (seconds > 60) return broken("clock", detail, remedy);
  return seconds > 2 ? warning("clock", detail, remedy) : ok("clock", detail);
}

function partitions({ partitionDaysAhead: ahead }: DatabaseHealth): Finding {
  const remedy = "Start Herald: it makes them, a week ahead, at its start and every hour.";
  if (ahead < 0) return broken("partitions", "there is none for today: no event can be stored.", remedy);
  if (ahead < 2) return warning("partitions", `they end in ${count(ahead, "day")}.`, remedy);
  return ok("partitions", `${count(ahead, "day")} ahead.`);
}

async function lanes(db: Queryable): Promise<Finding[]> {
  const depths = await queueDepth(db);
  return (["message", "delivery"] as const).map((kind) => {
    const depth = depths.find((each) => each.kind === kind);
    const about = kind === "message" ? "messages" : "deliveries";
    if (!depth || depth.due === 0) return ok(about, "nothing is due.");
    const detail = `${count(depth.due, "is due", "are due")} in ${count(depth.lanesReady, "lane")}, the oldest for ${Math.round(depth.oldestSeconds)} s.`;
    if (depth.oldestSeconds < 60) return ok(about, detail);
    return warning(about, detail, "Is a Herald running? If it is: start another worker, and look at its log.");
  });
}

function standing(found: Standing): Finding[] {
  const { parked, parkedCount, uncertain, silentWorkers, workers } = found;
  const findings: Finding[] = [];
  for (const { id, kind, reason } of parked) {
    const what = kind === "message" ? "sender" : "destination";
    const remedy =
      kind === "message"
        ? `Mend it, then POST /v1/senders/${id}/verify.`
        : `Mend the receiver, then enable it: POST /v1/destinations/${id}/enable, which also sends what it missed ({"recover": true}).`;
    findings.push(warning(what, `${id} is stopped: ${reason ?? "no reason is on record"}`, remedy));
  }
  if (parkedCount > parked.length) {
    const detail = `${parkedCount - parked.length} more senders and destinations are stopped.`;
    findings.push(warning("lanes", detail, "GET /v1/senders and GET /v1/destinations list them."));
  }
  findings.push(...spared(found));
  if (uncertain > 0) {
    const detail = `${count(uncertain, "message")} of campaigns may or may not have gone out, and their leads wait.`;
    findings.push(
      warning("uncertain", detail, "GET /v1/messages?status=uncertain; then POST /v1/messages/{id}/resolve."),
    );
  }
  const heard = `${count(workers, "process is", "processes are")} registered`;
  findings.push(
    silentWorkers === 0
      ? ok("processes", `${heard}.`)
      : warning(
          "processes",
          `${heard}, ${silentWorkers} of them silent for more than 30 s.`,
          "What they had begun is taken over; if one still runs, see whether it reaches the database.",
        ),
  );
  return findings;
}

/** Destinations that rest and go on by themselves. */
function spared({ spared, brokenCount, pausedCount }: Standing): Finding[] {
  const findings = spared.map(({ id, since, until, reason }) => {
    const next =
      until === null
        ? "one delivery is let through, as soon as there is one"
        : `the next try is at ${until.toISOString()}`;
    const why = reason ?? "no reason is on record.";
    if (since === null) {
      const remedy =
        "It goes on by itself, and nothing is lost. See what the receiver's limits are (rateLimit of the destination).";
      return warning("destination", `${id} is paused until ${until?.toISOString()}: ${why}`, remedy);
    }
    const remedy = `Mend the receiver: it is tried again by itself, and nothing is lost for five days. To try at once: POST /v1/deliveries/{id}/retry.`;
    return warning("destination", `${id} fails since ${since.toISOString()} and is spared (${next}): ${why}`, remedy);
  });
  const more = brokenCount + pausedCount - spared.length;
  if (more > 0) {
    const detail = `${more} more destinations fail or are paused.`;
    findings.push(
      warning("lanes", detail, "GET /v1/destinations lists them, with health.breaker and health.pausedUntil."),
    );
  }
  return findings;
}

/** How many of those that can't be opened are named. */
const namedAtMost = 5;

/** Senders and destinations whose credentials can't be opened: their messages and deliveries wait. */
async function credentials(db: Queryable, config: HeraldConfig): Promise<Finding[]> {
  // To load the key of a data folder that has none would make one.
  if (config.secretKey === null && !existsSync(join(config.dataDir, "secret.key"))) return [];
  let box: SecretBox;
  try {
    box = new SecretBox(loadSecretKey(config.secretKey, config.dataDir));
  } catch {
    // It is told of the key itself.
    return [];
  }
  const shut: Finding[] = [];
  let more = 0;
  for await (const { what, path, id, values } of allSealed(db)) {
    const problem = sealedProblem(box, values);
    if (problem === null) continue;
    if (shut.length === namedAtMost) more++;
    else {
      const remedy = `Start Herald with the key that it was sealed with; or give what is sealed anew: PATCH ${path}/${id}${what === "sender" ? "" : `, and its signing secret by POST ${path}/${id}/rotate-secret`}. What waits for it is kept.`;
      shut.push(broken(what, `${id} can't be used. ${problem}`, remedy));
    }
  }
  if (more > 0) {
    const remedy = "GET /v1/senders and GET /v1/destinations say it of each, in credentialsProblem.";
    shut.push(
      broken("credentials", `${more} more senders and destinations can't be used for the same reason.`, remedy),
    );
  }
  return shut;
}

async function* allSealed(db: Queryable) {
  for (let after: SealedKey | null = null; ; ) {
    const page: SealedSender[] = await sealedSenders(db, after);
    for (const { workspaceId, id, credentials } of page)
      yield {
        what: "sender",
        path: "/v1/senders",
        id,
        values: [{ value: credentials, owner: `${workspaceId}/${id}` }],
      };
    after = page.at(-1) ?? null;
    if (after === null) break;
  }
  for (let after: SealedKey | null = null; ; ) {
    const page: (Destination & SealedKey)[] = await everyDestination(db, after);
    for (const destination of page) {
      const values = sealedOf(destination.workspaceId, destination);
      yield { what: "destination", path: "/v1/destinations", id: destination.id, values };
    }
    after = page.at(-1) ?? null;
    if (after === null) break;
  }
}

function retention(held: HeldBack | null, days: number): Finding[] {
  if (held === null) return [];
  const whose = held.waiting.map(({ destinationId, deliveries }) => `${destinationId} (${deliveries})`).join(", ");
  const detail = `${count(held.days, "day")} older than HERALD_RETENTION_DAYS (${days}) can't be dropped: events since ${held.oldest.toISOString()} are undelivered to ${whose}.`;
  const remedy =
    "Mend or enable these destinations, so that it is delivered; or delete those that nobody needs (DELETE /v1/destinations/{id}). The days go within the hour.";
  return [warning("retention", detail, remedy)];
}

function outbox({ outboxRows, outboxDead, expiredLeases }: DatabaseHealth): Finding {
  const detail = `${count(outboxRows, "row")}, ${count(outboxDead, "dead one")}, ${count(expiredLeases, "expired lease")}.`;
  if (outboxDead > 200_000 && outboxDead > outboxRows) {
    return warning("outbox", detail, "VACUUM can't keep up: see whether a long transaction holds it back.");
  }
  if (expiredLeases === 0) return ok("outbox", detail);
  return warning("outbox", detail, "A running Herald takes them back within seconds: is one running?");
}

function snapshot(
  { oldestSnapshotSeconds: seconds }: DatabaseHealth,
  { holder, hidden }: Awaited<ReturnType<typeof oldestSnapshot>>,
): Finding {
  const unseen =
    hidden === null
      ? ""
      : ` Those of other roles are not shown to ${hidden}; GRANT pg_read_all_stats TO ${hidden} changes that.`;
  if (seconds < 600)
    return ok(
      "snapshots",
      `${seconds === 0 ? "none is held." : `the oldest is ${Math.round(seconds)} s old.`}${unseen}`,
    );
  const old = `the oldest is ${Math.round(seconds)} s old`;
  if (!holder) return warning("snapshots", `${old}.`, "It ended just now: look again.");
  const { pid, gid, who } = holder;
  const name = gid?.replaceAll("'", "''");
  const [what, end] =
    pid === null
      ? [`that of the prepared transaction '${name}' (${who})`, `ROLLBACK PREPARED '${name}'`]
      : [`that of session ${pid} (${who})`, `SELECT pg_terminate_backend(${pid})`];
  const remedy = `It holds back VACUUM, and the outbox grows. If it is a report, let it end; if nobody needs it: ${end}.`;
  return warning("snapshots", `${old}, ${what}.${unseen}`, remedy);
}

async function disk({ dataDir, databaseUrl }: HeraldConfig): Promise<Finding> {
  try {
    const { bavail, bsize, blocks } = await statfs(dataDir);
    const free = bavail * bsize;
    const detail = `${size(free)} are free in ${dataDir} (${Math.round((100 * bavail) / blocks)} %).`;
    // Without the embedded database only keys and small files are there.
    const [least, low] = databaseUrl ? [10e6, 100e6] : [200e6, 2e9];
    if (free < least) return broken("disk", detail, "Make room: with a full disk nothing can be accepted.");
    return free < low
      ? warning("disk", detail, "Make room, or keep history shorter: HERALD_RETENTION_DAYS.")
      : ok("disk", detail);
  } catch {
    return ok("disk", `there is no folder ${dataDir} yet.`);
  }
}

function secretKey({ dataDir, secretKey: given, databaseUrl }: HeraldConfig): Finding {
  if (given) {
    try {
      loadSecretKey(given, dataDir);
      return ok("secret key", "from HERALD_SECRET_KEY.");
    } catch (error) {
      return broken(
        "secret key",
        (error as Error).message,
        "Correct HERALD_SECRET_KEY: Herald doesn't start with this one.",
      );
    }
  }
  const path = join(dataDir, "secret.key");
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return ok("secret key", "not made yet.");
  if (databaseUrl) {
    const remedy =
      "Give HERALD_SECRET_KEY to every process: with another key they can't open each other's credentials.";
    return warning("secret key", `from the file ${path}, which other machines don't have.`, remedy);
  }
  if ((mode & 0o077) !== 0) return broken("secret key", `others can read ${path}.`, `chmod 600 ${path}`);
  return ok("secret key", `in ${path}, for its owner alone.`);
}

function size(bytes: number): string {
  const [unit, by] = bytes >= 1e9 ? ["GB", 1e9] : ["MB", 1e6];
  return `${(bytes / Number(by)).toFixed(bytes >= 1e9 ? 1 : 0)} ${unit}`;
}
