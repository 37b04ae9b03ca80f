import { randomUUID } from "node:crypto";
import type { CrmRecordKey } from "../../db/crm.ts";
import type { Lead } from "../../db/lead.ts";
import type { CrmClient, Person } from "./client.ts";
import { CrmError } from "./error.ts";
import type { CrmStore } from "./store.ts";

/** The lead as it is now, else as the event has it. */
export function personOf(data: Record<string, unknown>, lead: Lead | null): Person {
  const of = (field: keyof Lead & string): string | null =>
    ((lead?.[field] ?? data[field]) as string | null | undefined) ?? null;
  const leadId = lead?.id ?? null;
  const [email, phone, linkedinUrl] = [of("email"), of("phone"), of("linkedinUrl")];
  return {
    ...{ ref: leadId ?? email ?? phone ?? linkedinUrl ?? String(data.leadId ?? data.address ?? "") },
    ...{ leadId, externalLeadId: of("externalLeadId"), email, phone, linkedinUrl },
    ...{ firstName: of("firstName"), lastName: of("lastName"), company: of("company"), title: of("title") },
  };
}

/** What templates know of the lead. Custom fields first, so that none of them takes the place of a standard one. */
export function aboutLead(person: Person, lead: Pick<Lead, "custom" | "profile"> | null): Record<string, unknown> {
  const { firstName, lastName, company, title, email, phone, linkedinUrl } = person;
  const known = { firstName, lastName, company, title, email, phone, linkedinUrl };
  return { ...(lead && { custom: lead.custom, ...lead.custom }), ...known, profile: lead?.profile ?? null };
}

/** Times `settleMs` until a CRM's search knows whom it has. */
const indexedAfter = 4;

function stillUnknown(system: string, at: number): CrmError {
  return new CrmError(
    "unavailable",
    "person_under_way",
    `An earlier try to create the person in ${system} ended without an answer. ${system} is asked for them again before anybody is created.`,
    { retryAfterMs: Math.max(0, at - Date.now()), echo: true },
  );
}

/** Finds somebody in the CRM, or creates them, once. Throws CrmError `person_not_found`. */
export async function findPerson(
  person: Person,
  signal: AbortSignal,
  by: {
    store: CrmStore;
    client: CrmClient;
    key: CrmRecordKey;
    leaseMs: number;
    settleMs: number;
    /** Fields of somebody who is created; null: nobody is. */
    create: (() => Record<string, string>) | null;
  },
): Promise<string> {
  const { store, client, key } = by;
  const found = await client.find(person, signal);
  if (found !== null) return found;
  const known = [person.externalLeadId, person.email, person.phone, person.linkedinUrl].filter(
    (value) => value !== null,
  );
  if (by.create === null || known.length === 0) {
    throw new CrmError(
      "failed",
      "person_not_found",
      `${client.system} has nobody who fits ${known.join(", ") || "an address that Herald knows"}. Create the person there or set the lead's externalLeadId, then retry the delivery; or have people created with config.createPeople.`,
    );
  }
  const fields = by.create();
  const claim = randomUUID();
  const claimed = await store.claim(key, claim, by.leaseMs);
  if (claimed.crmId !== null) return claimed.crmId;
  // Whoever creates them may be another process; or nobody knows how it ended, and the look above was too early.
  if (!claimed.mine) {
    const retryAfterMs = Math.max(0, claimed.askAt.getTime() - Date.now());
    throw new CrmError("unavailable", "person_under_way", "The person is being created there by another delivery.", {
      ...{ retryAfterMs, echo: true },
    });
  }
  try {
    if (claimed.tries > 1) {
      // An earlier try may have created them: the CRM's index gets its time to know them, and then it is asked by what was written, too.
      const knownAt = claimed.begunAt.getTime() + indexedAfter * by.settleMs;
      if (Date.now() < knownAt) throw stillUnknown(client.system, knownAt);
      const created = await client.findCreated?.(person, fields, signal);
      if (created) return created;
    }
    return await client.create(person, fields, signal);
  } catch (error) {
    if (error instanceof CrmError && claimed.tries > 1 && error.problem !== "ambiguous") {
      // What the first try left is still not known.
      await store.doubt(key, claim, new Date(Date.now() + (error.details.retryAfterMs ?? 0)), null);
      throw error;
    }
    if (error instanceof CrmError && error.problem === "ambiguous") {
      await store.doubt(key, claim, new Date(Date.now() + by.settleMs), null);
      // Of the event itself nothing was sent.
      throw new CrmError("unavailable", error.code, error.message, { ...error.details, retryAfterMs: by.settleMs });
    }
    if (error instanceof CrmError) await store.release(key, claim);
    throw error;
  }
}
