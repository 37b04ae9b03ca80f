import type { ListedPerson, PeoplePage, PeopleReader } from "../../domain/people-list.ts";
import { CrmError } from "./error.ts";
import { record, text } from "./http.ts";

/** A page that was read. */
export interface ReadPage {
  people: ListedPerson[];
  next: string | null;
}

/** Reads a list by `read`, which throws CrmError; `lost` says whether an error means that the place doesn't hold any more. */
export function readerOf(
  client: { close(): Promise<void> },
  read: (place: string | null, signal: AbortSignal) => Promise<ReadPage>,
  lost: (error: CrmError) => boolean = () => false,
): PeopleReader {
  return {
    async page(place, signal): Promise<PeoplePage> {
      try {
        return { ok: true, ...(await read(place, signal)) };
      } catch (error) {
        if (!(error instanceof CrmError)) throw error;
        const { code, message: detail, problem, details } = error;
        const final = problem === "refused" || problem === "failed" || problem === "gone";
        const startAgain = place !== null && lost(error);
        return {
          ...{ ok: false, code, detail, retryAfterMs: details.retryAfterMs ?? null },
          ...(startAgain ? { final: false, lost: true } : { final }),
        };
      }
    },
    close: () => client.close(),
  };
}

/** Names of the CRM's fields in a mapping: `mobilephone|phone` is the first of them that isn't empty. */
export const namesIn = (fields: Readonly<Record<string, string>>): string[] => [
  ...new Set(Object.values(fields).flatMap((names) => names.split("|"))),
];

/** A lead's fields from a record of the CRM, whose fields may be those of a related one (`Account.Name`). */
export function valuesOf(
  fields: Readonly<Record<string, string>>,
  said: Readonly<Record<string, unknown>>,
): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const [field, names] of Object.entries(fields)) {
    const found = names.split("|").map((name) => text(at(said, name)));
    values[field] = found.find((value) => value !== null && value.trim() !== "") ?? null;
  }
  return values;
}

function at(said: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(said, name)) return said[name];
  const [first, ...rest] = name.split(".");
  return rest.length === 0 ? undefined : at(record(said[first!]), rest.join("."));
}
