import { type Destination, keepActive } from "../db/destination.ts";
import { getReplay, insertReplay, type NewReplay, type Replay, runningReplays } from "../db/replay.ts";
import { HeraldError } from "../domain/error.ts";
import { eventTypes } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import type { EndpointContext } from "./endpoint.ts";
import { invalid } from "./validate.ts";

/** Replays of one workspace that may run at once. */
const mostRunning = 100;

/**
 * Milliseconds that a replay which closes a gap goes on behind the moment in which the destination became active: what is
 * stored by a transaction that began before it is in the log and not queued. It leaves out what is queued or was sent.
 */
export const gapMarginMs = 5_000;

/** Stores a replay, and starts it after the commit. Inside the endpoint's transaction. */
export async function startReplay(
  { api, tx, workspaceId, afterCommit }: Pick<EndpointContext, "api" | "tx" | "workspaceId" | "afterCommit">,
  replay: Omit<NewReplay, "id">,
  destination: Destination | null,
): Promise<Replay> {
  if ((await runningReplays(tx, workspaceId)) >= mostRunning) {
    throw new HeraldError(
      "invalid_state",
      `${mostRunning} replays are running. Wait until one is over, or cancel one.`,
    );
  }
  const targets = await keepActive(tx, workspaceId, destination ? destination.id : null);
  if (destination && targets.length === 0) {
    throw new HeraldError(
      "invalid_state",
      `The destination ${destination.id} is disabled. Enable it first (POST /v1/destinations/${destination.id}/enable, which can also recover what it missed).`,
    );
  }
  if (targets.length === 0) {
    throw new HeraldError("invalid_state", "There is no active destination. Create or enable one first.");
  }
  const id = newId("replay");
  await insertReplay(tx, workspaceId, { ...replay, id }, targets);
  afterCommit(() => api.wakeReplays());
  return (await getReplay(tx, workspaceId, id))!;
}

/**
 * Event types that patterns name: a type, or the types that begin with what stands before `*`. Null: `*` itself, which also
 * stands for types of later versions. Throws where one names none.
 */
export function typesOf(patterns: readonly string[], field: string): string[] | null {
  const chosen = new Set<string>();
  for (const [index, pattern] of patterns.entries()) {
    const matching = eventTypes.filter((type) =>
      pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
    );
    if (matching.length === 0) {
      const reason = `No event is called ${JSON.stringify(pattern)}; there are: ${eventTypes.join(", ")}. A * at the end stands for anything.`;
      throw invalid([{ field: `${field}.${index}`, reason }]);
    }
    for (const type of matching) chosen.add(type);
  }
  return patterns.includes("*") ? null : [...chosen];
}
