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
  return { ...lead?.custom, ...known, profile: lead?.profile ?? null };
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
      retryAfterMs,
    });
  }
  try {
    return await client.create(person, fields, signal);
  } catch (error) {
    if (error instanceof CrmError && error.problem === "ambiguous") {
      await store.doubt(key, claim, new Date(Date.now() + by.settleMs), null);
      // Of the event itself nothing was sent.
      throw new CrmError("unavailable", error.code, error.message, { ...error.details, retryAfterMs: by.settleMs });
    }
    if (error instanceof CrmError) await store.release(key, claim);
    throw error;
  }
}
