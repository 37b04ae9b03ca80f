import { z } from "zod";
import type { PeopleReader } from "../../domain/people-list.ts";
import { CrmError } from "./error.ts";
import { list, record, text } from "./http.ts";
import { batchSize, type Hubspot } from "./hubspot.ts";
import { namesIn, readerOf, valuesOf } from "./people-reader.ts";

export const hubspotList = z.strictObject({
  listId: z
    .string()
    .regex(/^\d{1,20}$/)
    .meta({
      description: "A list of contacts: its number (HubSpot: the list's Details, or its address). Active or static.",
    }),
});

/** Fields of a lead, and the contact's properties that they come from. */
export const hubspotPeopleFields = (linkedinProperty: string): Record<string, string> => ({
  ...{ firstName: "firstname", lastName: "lastname", company: "company", title: "jobtitle" },
  ...{ email: "email", phone: "mobilephone|phone", linkedinUrl: linkedinProperty },
});

/** A list's members, a hundred a page. */
export function hubspotPeople(client: Hubspot, given: unknown, fields: Readonly<Record<string, string>>): PeopleReader {
  const { listId } = given as z.output<typeof hubspotList>;
  return readerOf(client, async (after, signal) => {
    // Members of other lists are numbers as well, and may be those of contacts who have nothing to do with it.
    if (after === null) await requireContacts(client, listId, signal);
    const query = new URLSearchParams({ limit: String(batchSize), ...(after !== null && { after }) });
    const path = `/crm/v3/lists/${listId}/memberships?${query}`;
    const members = await client.call({ method: "GET", path, signal, allow: [404] });
    if (members.status === 404)
      throw new CrmError("failed", "list_not_found", `HubSpot has no list ${listId}, or it isn't one of contacts.`);
    const { results, paging } = record(members.json);
    const inputs = list(results).flatMap(({ recordId }) => (text(recordId) ? [{ id: text(recordId)! }] : []));
    const next = text(record(record(paging).next).after);
    if (inputs.length === 0) return { people: [], next };
    const body = { properties: namesIn(fields), inputs };
    const answer = await client.call({ method: "POST", path: "/crm/v3/objects/contacts/batch/read", signal, body });
    const people = list(record(answer.json).results).flatMap((contact) => {
      const id = text(contact.id);
      return id === null ? [] : [{ id, values: valuesOf(fields, record(contact.properties)) }];
    });
    return { people, next };
  });
}

/** Names of the kinds of objects that lists have, by HubSpot's numbers for them. */
const objects: Readonly<Record<string, string>> = { "0-2": "companies", "0-3": "deals", "0-5": "tickets" };

async function requireContacts(client: Hubspot, listId: string, signal: AbortSignal): Promise<void> {
  const answer = await client.call({ method: "GET", path: `/crm/v3/lists/${listId}`, signal, allow: [404] });
  // Also one that isn't there: its members tell.
  const type = text(record(record(answer.json).list).objectTypeId);
  if (type === null || type === "0-1") return;
  const what = objects[type] ?? `objects of the type ${type}`;
  throw new CrmError(
    "failed",
    "list_not_of_contacts",
    `The HubSpot list ${listId} is one of ${what}, and Herald imports people. Make a list of contacts in HubSpot (of those of these ${what}, say), and import that.`,
  );
}
