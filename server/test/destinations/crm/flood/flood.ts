import { setTimeout as delay } from "node:timers/promises";
import { recordEvents } from "../../../../src/db/event.ts";
import { newEvent } from "../../../../src/db/new-event.ts";
import type { Database } from "../../../../src/db/pool.ts";
import { eventSample } from "../../../../src/domain/event-samples.ts";
import { HeraldProcess } from "../../../crash/herald-process.ts";
import { type CrmKind, type Peer, startPeer } from "../setup.ts";

/** What became of a flood of events. */
export interface FloodResult {
  kind: CrmKind;
  events: number;
  /** Logged once; more than once; not at all. */
  once: number;
  twice: number;
  lost: number;
  /** Deliveries that Herald gave up. */
  failed: number;
  /** Requests to create something, and how many of them ended without an answer or were limited. */
  creates: number;
  ambiguous: number;
  limited: number;
  calls: number;
  kills: number;
  seconds: number;
}

const people = 500;
const kinds = ["linkedin", "email", "sms"] as const;
/** Longer than anything that Herald waits for here. */
const deadlineMs = 15 * 60_000;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The real program logs events in a fake CRM, of whose answers 5 % are lost and 5 % are limits, and is killed in the middle. */
export async function flood(
  kind: CrmKind,
  { events, seed, log }: { events: number; seed: number; log: (line: string) => void },
): Promise<FloodResult> {
  await using undo = new AsyncDisposableStack();
  const peer = await startPeer(kind);
  undo.defer(() => peer.close());
  const herald = new HeraldProcess({ HERALD_LOG_LEVEL: "error" });
  undo.defer(() => herald.end());
  await herald.start();
  const { id: workspaceId } = await herald.call<{ id: string }>("GET", "/v1/workspace");
  const leadIds = await addPeople(herald, peer);
  const config = { ...peer.config, callsPerSecond: 1_000 };
  const destination = await herald.call<{ id: string }>("POST", "/v1/destinations", {
    ...{ kind, config, credentials: peer.credentials },
  });
  const path = `/v1/destinations/${destination.id}`;
  const wake = () => herald.call("POST", `${path}/verify`);
  const seen = misbehave(peer, random(seed), kind);
  const began = performance.now();
  let db = herald.database();
  undo.defer(() => db.close());
  const ids = await record(db, workspaceId, leadIds, events);
  await wake();
  await peer.arrivals.reached(Math.floor(events / 3));
  peer.expire?.();
  await peer.arrivals.reached(Math.floor(events / 2));
  log(`${kind}: killed at ${peer.activities.length}`);
  await herald.kill();
  await db.close();
  await herald.start();
  db = herald.database();
  await waitForEnd(db, destination.id, (left) => log(`${kind}: ${left} wait, ${peer.activities.length} are logged`));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const { rows } = await db.query<{ failed: number }>(
    "select count(*) as failed from attempt where lane_id = $1 and final and outcome = 'failed'",
    [destination.id],
  );
  const counts = new Map<string, number>();
  for (const { body } of peer.activities) {
    const marker = body.match(/evt_\d{13}_\w{9}/)?.[0] ?? "none";
    counts.set(marker, (counts.get(marker) ?? 0) + 1);
  }
  const times = ids.map((id) => counts.get(id) ?? 0);
  const odd = ids.filter((_, n) => times[n] !== 1).slice(0, 5);
  for (const ref of odd) {
    const attempts = await db.query("select outcome, final, code, detail from attempt where ref = $1 order by n", [
      ref,
    ]);
    const kept = await db.query("select tries, crm_id from crm_record where ref = $1", [ref]);
    log(`${kind}: ${ref} was logged ${counts.get(ref) ?? 0} times: ${JSON.stringify([attempts.rows, kept.rows])}`);
  }
  return {
    ...{ kind, events, once: times.filter((n) => n === 1).length, twice: times.filter((n) => n > 1).length },
    ...{ lost: times.filter((n) => n === 0).length, failed: rows[0]!.failed, ...seen, calls: peer.calls.length },
    ...{ kills: herald.starts - 1, seconds },
  };
}

async function addPeople(herald: HeraldProcess, peer: Peer): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < people; from += 100) {
    const leads = Array.from({ length: 100 }, (_, n) => ({ email: `p${from + n}@example.com`, firstName: "P" }));
    for (const { email } of leads) peer.addPerson({ email });
    const { leadIds } = await herald.call<{ leadIds: string[] }>("POST", "/v1/leads", { leads });
    ids.push(...leadIds);
  }
  return ids;
}

async function record(
  db: Database,
  workspaceId: string,
  leadIds: readonly string[],
  events: number,
): Promise<string[]> {
  for (let from = 0; from < events; from += 500) {
    const batch = Array.from({ length: Math.min(500, events - from) }, (_, n) => {
      const channel = kinds[(from + n) % 3]!;
      const leadId = leadIds[(from + n) % leadIds.length]!;
      const { data } = eventSample(workspaceId, "message.sent", { channel });
      const own = { ...data, leadId, externalLeadId: null, email: null, phone: null, linkedinUrl: null };
      return newEvent(workspaceId, "message.sent", own as never, { leadId });
    });
    await recordEvents(db, batch);
  }
  // On a busy machine one can have got another time, and so another ID.
  const { rows } = await db.query<{ id: string }>(
    "select id from event where workspace_id = $1 and type = 'message.sent'",
    [workspaceId],
  );
  return rows.map(({ id }) => id);
}

/** Of requests that create, 5 % end without an answer, in four ways, and 5 % are limits. */
function misbehave(peer: Peer, next: () => number, kind: CrmKind) {
  const seen = { creates: 0, ambiguous: 0, limited: 0 };
  let drawn = 1;
  const share = (from: number, to: number, count: "ambiguous" | "limited", batches = false) => {
    return (request: { method: string; path: string }) => {
      if (!peer.creates(request)) return false;
      if (from === 0) {
        seen.creates++;
        drawn = next();
      }
      const batch = /batch|composite/.test(request.path);
      if (drawn < from || drawn >= to || (batches && !batch)) return false;
      seen[count]++;
      return true;
    };
  };
  const always = Number.POSITIVE_INFINITY;
  const down = { kind: "answer", status: 502, body: "Bad Gateway", processed: true } as const;
  peer.faults.when(share(0, 0.015, "ambiguous"), { kind: "reset", when: "after" }, always);
  peer.faults.when(share(0.015, 0.03, "ambiguous", true), { kind: "reset", when: "half" }, always);
  peer.faults.when(share(0.015, 0.04, "ambiguous"), down, always);
  peer.faults.when(share(0.04, 0.05, "ambiguous"), { kind: "reset", when: "before" }, always);
  const limit = kind === "salesforce" ? peer.limitedShortly! : peer.limited(kind === "close" ? 100 : 1_000);
  peer.faults.when(share(0.05, 0.1, "limited"), { kind: "answer", ...limit }, always);
  return seen;
}

async function waitForEnd(db: Database, destinationId: string, log: (left: number) => void): Promise<void> {
  const until = performance.now() + deadlineMs;
  for (let look = 0; performance.now() < until; look++) {
    const { rows } = await db.query<{ left: number }>("select count(*) as left from outbox where lane_id = $1", [
      destinationId,
    ]);
    if (rows[0]!.left === 0) return;
    if (look % 20 === 19) log(rows[0]!.left);
    await delay(500);
  }
  throw new Error("It didn't end in time.");
}
