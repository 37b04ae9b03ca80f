/**
 * Where a CRM shows a person, for a link. `url`: where its API is. Null where that can't be known: HubSpot's addresses name
 * the account, which a private app's token doesn't.
 */
export function crmPersonLink(kind: string, url: string, personId: string | null): string | null {
  if (personId === null || !/^[\w/-]+$/.test(personId)) return null;
  // Close shows contacts with their lead, whose ID comes first.
  if (kind === "close") return `https://app.close.com/lead/${personId.split("/")[0]}/`;
  // Salesforce leads from any record's ID to its page.
  if (kind === "salesforce") return `${new URL(url).origin}/${personId}`;
  return null;
}
