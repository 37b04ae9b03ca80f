import { sameNumber } from "../../domain/phone.ts";
import type { Person } from "./client.ts";

/** Addresses as people write them into a CRM, compared with those that Herald has. */

/** Of one record in a CRM; each null or as it was typed there. */
export interface Written {
  emails: readonly (string | null)[];
  phones: readonly (string | null)[];
  profiles: readonly (string | null)[];
  lastName: string | null;
}

/**
 * Whether a record that was found by a number alone can be this person: something agrees that both have, or there is nothing
 * to compare. A number may be that of another system, or of another account of this one.
 */
export function canBe(person: Person, { emails, phones, profiles, lastName }: Written): boolean {
  const compared = [
    agrees(person.email, emails, sameText),
    agrees(person.phone, phones, sameNumber),
    agrees(person.linkedinUrl, profiles, sameProfile),
    agrees(person.lastName, [lastName], sameText),
  ];
  return compared.includes(true) || !compared.includes(false);
}

/** Null: one of the two has none. */
function agrees(
  ours: string | null,
  theirs: readonly (string | null)[],
  same: (ours: string, theirs: string) => boolean,
): boolean | null {
  const written = theirs.filter((one) => one !== null && one.trim() !== "") as string[];
  return ours === null || written.length === 0 ? null : written.some((one) => same(ours, one));
}

const sameText = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Without regard to scheme, `www.` and a slash at the end. */
export const sameProfile = (a: string, b: string) => bare(a) === bare(b);
const bare = (address: string) =>
  address
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/^www\./, "")
    .replace(/\/$/, "");

/** How people write a profile's address. In lower case: CRMs compare without regard to it. */
export const profileSpellings = (linkedinUrl: string): string[] =>
  ["https://www.", "https://", "http://www.", "http://", "www.", ""].flatMap((start) => [
    `${start}${bare(linkedinUrl)}`,
    `${start}${bare(linkedinUrl)}/`,
  ]);
