import { getDestination } from "../db/destination.ts";
import type { ListImport } from "../db/list-import.ts";
import type { Queryable } from "../db/pool.ts";
import type { SystemPeople } from "../destinations/system.ts";
import type { PeopleReader } from "../domain/people-list.ts";
import type { ApiContext } from "./context.ts";
import { accountOf } from "./destination-system.ts";

/** How an import's list is opened: by its destination's adapter, as both are at that moment. */
export function listOpener({
  db,
  box,
  systems,
}: Pick<ApiContext, "box" | "systems"> & { db: Queryable }): (
  one: ListImport,
) => Promise<PeopleReader | { code: string; detail: string }> {
  return async (one) => {
    const destination = await getDestination(db, one.workspaceId, one.destinationId);
    if (destination === null) return { code: "no_destination", detail: "The destination was deleted." };
    const people = peopleOf(systems, destination.kind);
    if (!people) return { code: "no_lists", detail: `${destination.kind} has no lists that could be imported.` };
    try {
      const account = accountOf({ box, systems }, one.workspaceId, destination);
      return people.open(account, people.list.parse(one.list), one.fields);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { code: "settings_unusable", detail: `The destination's settings or the list can't be read: ${why}` };
    }
  };
}

/** What of a kind of destination can be imported. */
export function peopleOf(systems: ApiContext["systems"], kind: string): SystemPeople | undefined {
  return systems.get(kind)?.people;
}
