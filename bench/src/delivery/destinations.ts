import { insertDestination } from "../../../server/src/db/destination.ts";
import type { Ordering } from "../../../server/src/db/order.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { webhookSecret } from "../sample.ts";
import type { Scratch } from "../scratch.ts";
import type { Target } from "./settings.ts";

/** URLs of so many destinations at one receiver. */
export const hookUrls = (receiverUrl: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${receiverUrl}/hook/${i}`);

/** One workspace a destination, as one customer each; or one for so many, each of which then gets its events. */
export async function addDestinations(
  scratch: Scratch,
  urls: readonly string[],
  fanout = 1,
  ordering: Ordering = "none",
): Promise<Target[]> {
  const workspaces = Array.from({ length: Math.ceil(urls.length / fanout) }, () => newId("workspace"));
  const targets = urls.map((url, i) => ({
    workspaceId: workspaces[Math.floor(i / fanout)]!,
    destinationId: newId("destination"),
    url,
  }));
  await scratch.db.transaction(async (tx) => {
    await tx.query("insert into workspace (id, name) select id, id from unnest($1::text[]) as w (id)", [workspaces]);
    for (const { workspaceId, destinationId, url } of targets) {
      const secret = scratch.box.seal(webhookSecret, `${workspaceId}/${destinationId}`);
      const destination = {
        id: destinationId,
        name: "bench",
        url,
        format: "herald" as const,
        formatBit: 1,
        eventTypes: null,
        ordering,
        secret,
      };
      await insertDestination(tx, workspaceId, destination);
    }
  });
  // As autovacuum would after a while; tables that were just filled have no statistics.
  await scratch.db.query("analyze");
  return targets;
}
