import { addressesOf } from "../campaigns/inbound/person.ts";
import { type Author, leadsOfAuthors } from "../db/from-lead.ts";
import { mailOfReferences, mailSenders } from "../db/mail.ts";
import type { Queryable } from "../db/pool.ts";
import type { Source } from "../db/source.ts";
import type { InboundFact, InboundPerson } from "../domain/inbound.ts";
import { kindsOfSources } from "./kinds.ts";
import { messageIds } from "./mail/parse.ts";
import { mailMeta } from "./mailbox/kept-mail.ts";
import type { KeptRequest } from "./source-kind.ts";

/**
 * From whom an item seems to be, if it may be a reply or an opt-out: as much as can be told when it is kept. Null: nobody.
 * Too much does no harm, a lead's messages wait for some milliseconds.
 */
export function authorOf(
  source: Pick<Source, "kind" | "config" | "mapping"> & { workspaceId: string },
  request: KeptRequest,
): Author | null {
  const { workspaceId } = source;
  if (source.mapping !== null) return named(workspaceId, request.body);
  try {
    const reading = kindsOfSources[source.kind].read({ ...request, config: source.config });
    if (reading instanceof Promise || reading.kind !== "facts") return null;
    for (const fact of reading.facts) {
      const author = ofFact(workspaceId, fact);
      if (author) return author;
    }
    return null;
  } catch {
    // What can't be read is for its processing to tell.
    return null;
  }
}

function ofFact(workspaceId: string, fact: InboundFact): Author | null {
  if (fact.kind === "opt_out") return authorFrom(workspaceId, fact.person, null, null);
  if (fact.kind !== "message" || fact.direction !== "in") return null;
  return authorFrom(workspaceId, fact.person, fact.account?.accountId ?? null, fact.providerThreadId);
}

function authorFrom(
  workspaceId: string,
  person: InboundPerson,
  accountId: string | null,
  threadId: string | null,
): Author {
  return { workspaceId, ...addressesOf(person), accountId, threadId, providerLeadId: person.providerLeadId ?? null };
}

/** Bytes of a body of somebody's own form in which addresses are looked for. */
const mostRead = 65_536;

/** What an event of another form means its mapping says later on; until then the first address of each kind in it counts. */
function named(workspaceId: string, body: Buffer): Author | null {
  const text = body.toString("utf8", 0, mostRead);
  const first = (form: RegExp) => form.exec(text)?.[0] ?? null;
  const person = {
    email: first(/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/),
    phone: first(/\+\d[\d ().-]{6,20}\d/),
    linkedinUrl: first(/(?:https?:\/\/)?(?:[a-z]{2,3}\.)?linkedin\.com\/in\/[^\s"'\\?#]{1,200}/i),
  };
  if (person.email === null && person.phone === null && person.linkedinUrl === null) return null;
  return authorFrom(workspaceId, person, null, null);
}

/** The leads whom a mail seems to be from: in whose thread it is, and who wrote it. None: nobody who is known. */
export async function leadsOfMail(
  db: Queryable,
  workspaceId: string,
  { contentType, body }: { contentType: string; body: Buffer },
): Promise<string[]> {
  if (mailMeta(contentType)?.folder !== "inbox") return [];
  const [head = ""] = body.toString("latin1", 0, 32_768).split(/\r?\n\r?\n/, 1);
  const lines = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const field = (name: string) => lines.find((line) => line.toLowerCase().startsWith(`${name}:`)) ?? "";
  const ids = [field("in-reply-to"), field("references")].flatMap((line) =>
    messageIds(line.slice(line.indexOf(":") + 1)),
  );
  const leads: string[] = [];
  if (ids.length > 0) {
    const senderIds = (await mailSenders(db, workspaceId)).map(({ id }) => id);
    const answered = await mailOfReferences(db, workspaceId, senderIds, ids.slice(0, 50));
    if (answered) leads.push(answered.leadId);
  }
  const from = /[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,255}/.exec(field("from").replace(/^.*</, "").slice(0, 1_000))?.[0];
  if (from === undefined) return leads;
  const author = authorFrom(workspaceId, { email: from }, null, null);
  // A lead who writes STOP in another one's thread means itself as well.
  const writers = (await leadsOfAuthors(db, [author])).get(0) ?? [];
  return [...new Set([...leads, ...writers])];
}
