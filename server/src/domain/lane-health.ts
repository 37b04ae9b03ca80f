/**
 * How a lane of deliveries adapts to its receiver, in numbers. The rules themselves are in the statement that settles
 * (`db/outbox.ts`), because several processes serve one lane: what they know together is the lane's row.
 *
 * Places: additive increase, multiplicative decrease, with a slow start (RFC 5681, on calls in place of segments; the
 * same as `AIMDLimit` of Netflix's concurrency-limits).
 */
export const places = {
  /** A new lane begins with so many, and one whose breaker has closed. TCP begins with 10. */
  first: 8,
  /**
   * The default of `maxConcurrency`, and the most it can be. A quarter of what a process may have leased. With half as many a busy
   * lane's connections stand still for a tenth of the time: what waits to be written takes up to 900 places.
   */
  most: 2_048,
  /** A cut leaves slow start at least so far to go. */
  leastSlowStart: 16,
  /** As many as a lane may have leased of which nothing succeeded for `silentSeconds`: a hundred that hang fill a process to a fifth. */
  unanswered: 16,
  /**
   * Of a lane's places one of several processes takes its part, and at least so many: twice what its connections to one
   * receiver carry. Else the first process would lease all, and a second one would make nothing faster.
   */
  leastPart: 128,
  silentSeconds: 1,
} as const;

/** What one of `processes` may have of a lane with so many places. */
export const partOf = (lanePlaces: number, processes: number): number =>
  Math.max(places.leastPart, Math.floor(lanePlaces / processes));

/** When a breaker opens, and for how long. */
export const breaker = {
  /** Failures in a row that open it. */
  failures: 10,
  /** Or so many answers within `windowSeconds`, of which this part failed. Receivers that take some are better tried. */
  windowAnswers: 100,
  windowSeconds: 60,
  failedPart: 0.9,
  /** Seconds of the first pause; each further one is twice as long, up to the longest; up to a fifth is added at random. */
  firstPause: 10,
  longestPause: 300,
} as const;

/** What a result says about its receiver. */
export const laneSignal = {
  /** It works, but refuses all that is like this: in an ordered lane this steps aside, and the lead's later ones go on. */
  forbids: 3,
  /** It takes what comes, and would take more. */
  takesMore: 2,
  /** It works. */
  works: 1,
  /** It is ill. */
  ill: -1,
  /** It is ill, or has too much to do. */
  overloaded: -2,
  /** Nothing was sent: this waited too long for a connection. More is leased than the receiver takes. */
  waited: -3,
} as const;

export type LaneSignal = (typeof laneSignal)[keyof typeof laneSignal];

/** Answers that are about this one event, from a receiver that works (RFC 9110, 15.5). */
const aboutTheEvent = new Set([400, 409, 411, 413, 414, 415, 422, 431, 451]);
const noTime = new Set(["timeout", "connect_timeout"]);

/**
 * What an attempt says. `statusCode` null: no answer came, for the reason in `code`. `waitedMs`: how long it waited for
 * its connection: who waits for half a second would not be helped by more places.
 */
export function signalOf(
  succeeded: boolean,
  { statusCode, code, waitedMs }: { statusCode: number | null; code: string | null; waitedMs: number },
): LaneSignal {
  if (succeeded) return waitedMs < 500 ? laneSignal.takesMore : laneSignal.works;
  if (statusCode === 429 || statusCode === 503 || (code !== null && noTime.has(code))) return laneSignal.overloaded;
  return statusCode !== null && code !== "timeout" && aboutTheEvent.has(statusCode) ? laneSignal.works : laneSignal.ill;
}
