import { z } from "zod";
import type { PeopleReader } from "../../domain/people-list.ts";
import { CrmError } from "./error.ts";
import { list, record, text } from "./http.ts";
import { namesIn, type ReadPage, readerOf, valuesOf } from "./people-reader.ts";
import { nextPage, quoted, type Salesforce, salesforceVersion } from "./salesforce.ts";

export const salesforceList = z
  .strictObject({
    soql: z
      .string()
      .max(10_000)
      .regex(/^\s*select\s+Id\s+from\s+(Contact|Lead)\b/i, "It has to begin with `select Id from Contact` (or Lead).")
      .optional()
      .meta({ description: "`select Id from Contact where ...`, or from Lead. The fields are read by Herald." }),
    reportId: z
      .string()
      .regex(/^00O[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/)
      .optional()
      .meta({
        description: "A tabular report of contacts or leads with a column that links to them, of 2,000 rows at most.",
      }),
  })
  .refine(({ soql, reportId }) => (soql === undefined) !== (reportId === undefined), {
    error: "Give soql or reportId.",
  });

/** Fields of a lead, and those of a Contact or Lead that they come from. A contact's company is its account's name. */
export const salesforcePeopleFields = (linkedinField: string | undefined): Record<string, string> => ({
  ...{ firstName: "FirstName", lastName: "LastName", company: "Company", title: "Title", email: "Email" },
  ...{ phone: "MobilePhone|Phone", ...(linkedinField && { linkedinUrl: linkedinField }) },
});

/** People of a page: Salesforce gives no fewer at once. */
const pageSize = 200;
/** Rows that Salesforce gives of a report. */
const mostRows = 2_000;

export function salesforcePeople(
  client: Salesforce,
  given: unknown,
  fields: Readonly<Record<string, string>>,
): PeopleReader {
  const { soql, reportId } = given as z.output<typeof salesforceList>;
  const read = async (ids: readonly string[], signal: AbortSignal): Promise<ReadPage["people"]> => {
    const people: ReadPage["people"] = [];
    for (const [object, prefix] of [
      ["Contact", "003"],
      ["Lead", "00Q"],
    ] as const) {
      const some = ids.filter((id) => id.startsWith(prefix));
      if (some.length === 0) continue;
      const own = ownNames(fields, object);
      const rows = await client.rows(
        `select ${["Id", ...namesIn(own)].join(", ")} from ${object} where Id in (${some.map(quoted).join(", ")})${
          object === "Lead" ? " and IsConverted = false" : ""
        }`,
        signal,
      );
      for (const row of rows) {
        const id = text(row.Id);
        if (id !== null) people.push({ id, values: valuesOf(own, row) });
      }
    }
    return people;
  };
  if (reportId !== undefined)
    return readerOf(client, async (place, signal) => {
      // A report has no pages: its IDs are read once, and are the place.
      const ids = place === null ? await reportIds(client, reportId, signal) : (JSON.parse(place) as string[]);
      const rest = ids.slice(pageSize);
      const people = await read(ids.slice(0, pageSize), signal);
      return { people, next: rest.length === 0 ? null : JSON.stringify(rest) };
    });
  const first = `${salesforceVersion}/query?${new URLSearchParams({ q: soql ?? "" })}`;
  return readerOf(
    client,
    async (place, signal) => {
      const headers = { "sforce-query-options": `batchSize=${pageSize}` };
      const answer = await client.call({ method: "GET", path: nextPage(place) ?? first, signal, headers });
      const { records, nextRecordsUrl } = record(answer.json);
      const ids = list(records).flatMap(({ Id }) => text(Id) ?? []);
      const people: ReadPage["people"] = [];
      for (let from = 0; from < ids.length; from += pageSize)
        people.push(...(await read(ids.slice(from, from + pageSize), signal)));
      return { people, next: nextPage(nextRecordsUrl) };
    },
    // Salesforce keeps a question's place for two days.
    ({ details }) => /INVALID_QUERY_LOCATOR/.test(details.response ?? ""),
  );
}

function ownNames(fields: Readonly<Record<string, string>>, object: "Contact" | "Lead"): Record<string, string> {
  const named = (names: string) =>
    object === "Contact" ? names.replace(/(^|\|)Company(?=\||$)/g, "$1Account.Name") : names;
  return Object.fromEntries(Object.entries(fields).map(([field, names]) => [field, named(names)]));
}

/** The people whom a report's rows link to. */
async function reportIds(client: Salesforce, reportId: string, signal: AbortSignal): Promise<string[]> {
  const path = `${salesforceVersion}/analytics/reports/${reportId}?includeDetails=true`;
  const answer = await client.call({ method: "GET", path, signal, allow: [404] });
  if (answer.status === 404)
    throw new CrmError(
      "failed",
      "list_not_found",
      `Salesforce has no report ${reportId}, or the app's user may not see it.`,
    );
  const { allData, factMap, reportMetadata } = record(answer.json);
  const format = text(record(reportMetadata).reportFormat);
  if (format !== null && format !== "TABULAR")
    throw new CrmError(
      "failed",
      "report_not_tabular",
      `The report is ${format}: make it a tabular one, without groups.`,
    );
  if (allData === false)
    throw new CrmError(
      "failed",
      "report_too_long",
      `The report has more than the ${mostRows} rows that Salesforce gives of one. Filter it, or use soql.`,
    );
  const ids = new Set<string>();
  for (const { dataCells } of list(record(record(factMap)["T!T"]).rows)) {
    const values = list(dataCells).map(({ value }) => text(value) ?? "");
    const id = values.find((value) => /^(003|00Q)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(value));
    if (id !== undefined) ids.add(id);
  }
  if (ids.size === 0 && list(record(record(factMap)["T!T"]).rows).length > 0)
    throw new CrmError(
      "failed",
      "report_without_people",
      "No column of the report links to a contact or lead. Add their name (or Contact ID, Lead ID) to it.",
    );
  return [...ids];
}
