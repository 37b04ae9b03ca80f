import { laneSignal } from "../domain/lane-health.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import type { Settlement } from "./outbox.ts";

/** What a batch of results says of one lane. Times are unix milliseconds. */
interface LaneResults {
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

type Pick<T> = (lane: LaneResults) => T;

/** A column's name, its value, its type as an array's element, and what is taken where a lane may not be judged. */
type Column =
  | { name: string; type: "text"; of: Pick<string | null>; otherwise: "null" }
  | { name: string; type: "int" | "float8"; of: Pick<number | null>; otherwise: "0" | "null" };

const count = (name: string, of: Pick<number>): Column => ({ name, type: "int", of, otherwise: "0" });
const time = (name: string, of: Pick<number | null>): Column => ({ name, type: "float8", of, otherwise: "null" });
const words = (name: string, of: Pick<string | null>): Column => ({ name, type: "text", of, otherwise: "null" });

/** What is said of a lane, behind its workspace, its ID and how many results it is. */
const columns: readonly Column[] = [
  count("succeeded", (lane) => Number(lane.succeeded)),
  count("failures", (lane) => lane.failures),
  time("park_until", (lane) => lane.parkUntil),
  words("park_reason", (lane) => lane.parkReason),
  count("unused", (lane) => lane.unused),
  count("waited", (lane) => lane.waited),
  count("good", (lane) => lane.good),
  count("more", (lane) => lane.more),
  count("bad", (lane) => lane.bad),
  words("bad_detail", (lane) => lane.badDetail),
  time("cut_from", (lane) => lane.cutFrom),
  time("cut_to", (lane) => lane.cutTo),
];

/** How many parameters a batch's lanes are. */
export const laneParameters = 3 + columns.length;

export const laneValues = (lanes: readonly LaneResults[]) => [
  textArray(lanes, (lane) => lane.workspaceId),
  textArray(lanes, (lane) => lane.laneId),
  int4Array(lanes, (lane) => lane.n),
  ...columns.map((column) => {
    if (column.type === "text") return textArray(lanes, column.of);
    return (column.type === "int" ? int4Array : float8Array)(lanes, column.of);
  }),
];

/**
 * A part of the settle: `gathered`, a row a lane of `changed` (what became of its rows), with what the batch says of it, given by the parameters
 * from `$first` on. Not by a join: the planner expects a few rows and would compare each lane with each, of which there may be 500.
 */
export const withLaneResults = (first: number) => `gathered as materialized (
  select workspace_id, lane_id, max(n) as n, min(due_at) as due_at, max(said) as said,
    ${columns.map(({ name }) => `max(${name}) as ${name}`).join(", ")}
  from (
    select workspace_id, lane_id, n, due_at, null::int as said, ${columns.map(({ name, type }) => `null::${type} as ${name}`).join(", ")}
    from changed
    union all
    select unnest($${first}::text[]), unnest($${first + 1}::text[]), null, null, unnest($${first + 2}::int[]),
      ${columns.map(({ type }, i) => `unnest($${first + 3 + i}::${type}[])`).join(", ")}
  ) u
  group by 1, 2
  having max(n) is not null
)`;

/**
 * Of `gathered c`: what `lane-adapt.ts` judges a lane by, under the names that it uses. Where some of the lane's results have lost their lease, all
 * that they say of it is left out.
 */
export const lanesJudged = columns
  .map(({ name, type, otherwise }) => {
    const said = `case when c.said = c.n then c.${name} else ${otherwise} end`;
    if (name === "succeeded") return `${said} > 0 as succeeded`;
    if (name === "failures") return `${said} as new_failures`;
    return type === "float8" ? `to_timestamp(${said} / 1000) as ${name}` : `${said} as ${name}`;
  })
  .join(", ");
