import { isUtf8 } from "node:buffer";
import { readHead } from "../db/audit.ts";
import { addressesOfLead, type Place, start } from "../db/erasure.ts";
import { findActs, findEvents } from "../db/erasure-sweep.ts";
import { loadEvents } from "../db/event.ts";
import {
  actsOf,
  actsOfLead,
  deliveriesOf,
  type EventPage,
  type ExportedList,
  eventsOfLead,
  eventsOfNobody,
  exportedLists,
  findReceived,
  leadRow,
  type Person,
  receivedOf,
} from "../db/person-export.ts";
import type { Queryable } from "../db/pool.ts";
import { mentionPattern } from "../domain/erasure.ts";

const pageRows = 200;
/** Bodies of what came in can be large. */
const pageBodies = 50;
/** Events that one statement looks at. */
const searched = 2_000;
/** IDs of events, some 30 bytes each. */
const mostKept = 100_000;

/**
 * Everything that is kept about a person, as the text of one JSON object, in pieces: memory doesn't grow with what there is.
 * Null: there is no such lead. What changes meanwhile may be in it or not.
 */
export async function exportLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
): Promise<AsyncGenerator<string> | null> {
  const lead = await leadRow(db, workspaceId, leadId);
  if (lead === null) return null;
  const addresses = await addressesOfLead(db, workspaceId, leadId);
  return pieces(db, { workspaceId, leadId, addresses, pattern: mentionPattern(addresses) }, lead);
}

/** The same of an address (in canonical form) that no lead has. */
export function exportAddress(db: Queryable, workspaceId: string, address: string): AsyncGenerator<string> {
  return pieces(db, { workspaceId, leadId: null, addresses: [address], pattern: mentionPattern([address]) }, null);
}

async function* pieces(db: Queryable, person: Person, lead: unknown): AsyncGenerator<string> {
  const { addresses } = person;
  yield `{"exportedAt":"${new Date().toISOString()}","addresses":${JSON.stringify(addresses)},"lead":${JSON.stringify(lead)}`;
  for (const list of exportedLists) yield* listOf(list.name, () => pagesOf(db, person, list));
  yield* listOf("acts", async function* () {
    yield* pagesOf(db, person, actsOfLead);
    for (let place: Place | null = start; place !== null; ) {
      const { ids, next }: Awaited<ReturnType<typeof findActs>> = await findActs(db, person, place);
      for (let n = 0; n < ids.length; n += pageRows) yield await actsOf(db, person, ids.slice(n, n + pageRows));
      place = next;
    }
  });
  // The log is searched once, unless there is more of the person than is kept in memory.
  const found: string[] = [];
  yield* listOf("events", async function* () {
    for await (const ids of eventIds(db, person)) {
      if (found.length <= mostKept) found.push(...ids);
      yield await eventsOf(db, person.workspaceId, ids);
    }
  });
  yield* listOf("deliveries", async function* () {
    const pages = found.length <= mostKept ? inPages(found, pageRows) : eventIds(db, person);
    for await (const ids of pages) yield await deliveriesOf(db, person.workspaceId, ids);
  });
  yield* listOf("received", async function* () {
    for (let after: string | null = ""; after !== null; ) {
      const { ids, next }: Awaited<ReturnType<typeof findReceived>> = await findReceived(db, person, after);
      for (const page of inPages(ids, pageBodies))
        yield (await receivedOf(db, person.workspaceId, page)).map(({ row, body }) => ({
          ...row,
          ...(isUtf8(body) ? { body: body.toString("utf8") } : { bodyBase64: body.toString("base64") }),
        }));
      after = next;
    }
  });
  yield "}\n";
}

/** A field that holds a list, which comes in pages. */
async function* listOf(name: string, pages: () => AsyncGenerator<readonly unknown[]>): AsyncGenerator<string> {
  yield `,"${name}":[`;
  let first = true;
  for await (const page of pages()) {
    if (page.length === 0) continue;
    yield `${first ? "" : ","}\n${page.map((row) => JSON.stringify(row)).join(",\n")}`;
    first = false;
  }
  yield "]";
}

async function* pagesOf(db: Queryable, person: Person, { page }: ExportedList): AsyncGenerator<unknown[]> {
  for (let after = ""; ; ) {
    const rows = await page(db, person, after, pageRows);
    yield rows.map(({ row }) => row);
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.key;
  }
}

function* inPages<T>(ids: readonly T[], size: number): Generator<readonly T[]> {
  for (let n = 0; n < ids.length; n += size) yield ids.slice(n, n + size);
}

/** The lead's own, then those that mention an address and name no lead, then both of what the audit trail hasn't copied yet. */
async function* eventIds(db: Queryable, whom: Person): AsyncGenerator<string[]> {
  const head = await readHead(db, whom.workspaceId);
  const copied: Place = head === null ? start : { at: new Date(head.at), id: head.id };
  for (const read of [eventsOfLead, eventsOfNobody])
    for (let place: Place | null = start; place !== null; ) {
      const { ids, next }: EventPage = await read(db, whom, place, copied, searched);
      for (const page of inPages(ids, pageRows)) yield [...page];
      place = next;
    }
  for (let place: Place | null = copied; place !== null; ) {
    const { hits, next } = await findEvents(db, whom, place);
    for (const page of inPages(hits, pageRows)) yield page.map(({ id }) => id);
    place = next;
  }
}

async function eventsOf(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<unknown[]> {
  const loaded = await loadEvents(
    db,
    ids.map((id) => ({ workspaceId, id })),
  );
  const byId = new Map(loaded.map((event) => [event.id, event]));
  return ids.flatMap((id) => {
    const event = byId.get(id);
    return event ? [{ eventId: id, eventType: event.type, data: JSON.parse(event.data) as unknown }] : [];
  });
}
