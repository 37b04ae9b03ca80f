import { laneSignal } from "../domain/lane-health.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import type { Settlement } from "./outbox.ts";

/** What a batch of results says of one lane. Times are unix milliseconds. */
export interface LaneResults {
  workspaceId: string;
  laneId: string;
  /** Results. */
  n: number;
  succeeded: boolean;
  failures: number;
  parkUntil: number | null;
  parkReason: string | null;
  /** Nothing was attempted. */
  unused: number;
  /** Of these, those that waited too long for a connection. */
  waited: number;
  /** Say that the receiver works; and that it would take more. */
  good: number;
  more: number;
  /** Say that it is ill, or overloaded. */
  bad: number;
  badDetail: string | null;
  /** When the calls that say that it has too much to do began at the latest, and ended. */
  cutFrom: number | null;
  cutTo: number | null;
}

const counted = new Set(["retry", "failed", "uncertain"]);

/**
 * Added up here and not by the statement that settles: that would carry eight more columns through each of its steps, for
 * each row, and count fifteen things, which took a fifth of its time.
 */
export function laneResults(results: readonly Settlement[]): LaneResults[] {
  const lanes = new Map<string, LaneResults>();
  for (const { item, attempt, signal, park, waitedSince } of results) {
    let lane = lanes.get(item.laneId);
    if (!lane) {
      lane = none(item.workspaceId, item.laneId);
      lanes.set(item.laneId, lane);
    }
    lane.n += 1;
    if (attempt === null) lane.unused += 1;
    else if (attempt.outcome === "succeeded") lane.succeeded = true;
    // Also of an account that is refused, where that is no attempt of the delivery's.
    if (attempt === null ? signal === laneSignal.ill : counted.has(attempt.outcome)) lane.failures += 1;
    if (park) {
      lane.parkUntil = Math.max(park.until, lane.parkUntil ?? park.until);
      lane.parkReason ??= park.reason;
    }
    if (signal === undefined) continue;
    if (signal > 0) lane.good += 1;
    if (signal === laneSignal.takesMore) lane.more += 1;
    if (signal === laneSignal.waited) lane.waited += 1;
    if (signal === laneSignal.ill || signal === laneSignal.overloaded) {
      lane.bad += 1;
      lane.badDetail ??= attempt?.detail?.slice(0, 2_000) ?? null;
    }
    const since = attempt?.startedAt ?? waitedSince;
    if (signal < laneSignal.ill && since !== undefined) {
      lane.cutFrom = Math.max(since, lane.cutFrom ?? since);
      const to = since + (attempt?.durationMs ?? 0);
      lane.cutTo = Math.max(to, lane.cutTo ?? to);
    }
  }
  return [...lanes.values()];
}

function none(workspaceId: string, laneId: string): LaneResults {
  return {
    ...{ workspaceId, laneId, n: 0, succeeded: false, failures: 0, parkUntil: null, parkReason: null },
    ...{ unused: 0, waited: 0, good: 0, more: 0, bad: 0, badDetail: null, cutFrom: null, cutTo: null },
  };
}

/** As parameters from `$first` on, and how a statement reads them: a row a lane, its columns named as in `lane-adapt.ts`. */
export const laneParameters = 15;

export const laneValues = (lanes: readonly LaneResults[]) => [
  textArray(lanes, (l) => l.workspaceId),
  textArray(lanes, (l) => l.laneId),
  int4Array(lanes, (l) => l.n),
  int4Array(lanes, (l) => Number(l.succeeded)),
  int4Array(lanes, (l) => l.failures),
  float8Array(lanes, (l) => l.parkUntil),
  textArray(lanes, (l) => l.parkReason),
  int4Array(lanes, (l) => l.unused),
  int4Array(lanes, (l) => l.waited),
  int4Array(lanes, (l) => l.good),
  int4Array(lanes, (l) => l.more),
  int4Array(lanes, (l) => l.bad),
  textArray(lanes, (l) => l.badDetail),
  float8Array(lanes, (l) => l.cutFrom),
  float8Array(lanes, (l) => l.cutTo),
];

export const lanesGiven = (first: number) => {
  const types = "text text int int int float8 text int int int int int text float8 float8".split(" ");
  const names = [
    ...["workspace_id", "lane_id", "n", "succeeded", "failures", "park_until", "park_reason", "unused", "waited"],
    ...["good", "more", "bad", "bad_detail", "cut_from", "cut_to"],
  ];
  return `select r.workspace_id, r.lane_id, r.n, r.succeeded > 0 as succeeded, r.failures,
    to_timestamp(r.park_until / 1000) as park_until, r.park_reason, r.unused, r.waited, r.good, r.more, r.bad, r.bad_detail,
    to_timestamp(r.cut_from / 1000) as cut_from, to_timestamp(r.cut_to / 1000) as cut_to
  from (select ${names.map((name, i) => `unnest($${first + i}::${types[i]}[]) as ${name}`).join(", ")}) r`;
};
