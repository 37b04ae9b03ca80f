import { z } from "zod";
import type { PeopleReader } from "../../domain/people-list.ts";
import type { Close } from "./close.ts";
import { CrmError } from "./error.ts";
import { list, record, text } from "./http.ts";
import { namesIn, type ReadPage, readerOf, valuesOf } from "./people-reader.ts";

export const closeList = z.strictObject({
  smartViewId: z
    .string()
    .regex(/^save_[A-Za-z0-9]{10,60}$/)
    .meta({ description: "A Smart View of leads or contacts: `save_...`, of its address." }),
});

/** Fields of a lead, and those of a contact that they come from; a contact's company is its lead's name. */
export const closePeopleFields = (): Record<string, string> => ({
  ...{ firstName: "first_name", lastName: "last_name", company: "company", title: "title" },
  ...{ email: "email", phone: "phone", linkedinUrl: "linkedin_url" },
});

const pageSize = 100;

/** A Smart View's contacts, or those of its leads. */
export function closePeople(client: Close, given: unknown, fields: Readonly<Record<string, string>>): PeopleReader {
  const { smartViewId } = given as z.output<typeof closeList>;
  const custom = namesIn(fields).filter((name) => name.startsWith("custom."));
  const contactFields = ["id", "lead_id", "name", "title", "emails", "phones", "urls", ...custom];
  let query: unknown = null;
  return readerOf(
    client,
    async (place, signal) => {
      query ??= await queryOf(client, smartViewId, signal);
      const answer = await client.call("POST", "/data/search/", signal, {
        body: {
          ...{ query, _limit: pageSize, ...(place !== null && { cursor: place }) },
          _fields: { contact: contactFields, lead: ["id", "name", "contacts"] },
        },
      });
      const { data, cursor } = record(answer.json);
      const people: ReadPage["people"] = [];
      for (const found of list(data)) {
        const lead = Array.isArray(found.contacts);
        for (const contact of lead ? list(found.contacts) : [found]) {
          const id = text(contact.id);
          if (id !== null) people.push({ id, values: valuesOf(fields, flat(contact, lead ? text(found.name) : null)) });
        }
      }
      return { people, next: text(cursor) };
    },
    // Close keeps a search's place for half a minute only.
    ({ details }) => details.statusCode === 400,
  );
}

/** A contact's lists as single values: the first of each. */
function flat(contact: Record<string, unknown>, company: string | null): Record<string, unknown> {
  const [first, ...rest] = (text(contact.name) ?? "").trim().split(/\s+/);
  const profile = list(contact.urls).find(({ url }) => /linkedin\.com\/in\//i.test(text(url) ?? ""));
  return {
    ...contact,
    ...{ first_name: first, last_name: rest.join(" "), company, email: list(contact.emails)[0]?.email },
    ...{ phone: list(contact.phones)[0]?.phone, linkedin_url: profile?.url },
  };
}

async function queryOf(client: Close, id: string, signal: AbortSignal): Promise<unknown> {
  const answer = await client.call("GET", `/saved_search/${id}/`, signal, { allow: [404] });
  if (answer.status === 404)
    throw new CrmError(
      "failed",
      "list_not_found",
      `Close has no Smart View ${id}, or it isn't shared with the key's user.`,
    );
  const query = record(record(answer.json).s_query).query;
  if (typeof query === "object" && query !== null) return query;
  throw new CrmError(
    "failed",
    "old_smart_view",
    "The Smart View is one of Close's old search: open it in Close, save it anew, and give the new one's ID.",
  );
}
