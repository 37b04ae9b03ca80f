/** What HubSpot knows of each kind of activity. */
export const hubspotTypes: Record<
  string,
  { association: number; body: string; required: string[]; optional: string[] }
> = {
  communications: {
    ...{ association: 81, body: "hs_communication_body" },
    required: [
      "hs_communication_channel_type",
      "hs_communication_logged_from",
      "hs_communication_body",
      "hs_timestamp",
    ],
    optional: ["hubspot_owner_id", "outreach_campaign"],
  },
  emails: {
    ...{ association: 198, body: "hs_email_text" },
    required: ["hs_timestamp", "hs_email_direction"],
    optional: ["hs_email_status", "hs_email_subject", "hs_email_text", "hubspot_owner_id", "outreach_campaign"],
  },
  notes: {
    ...{ association: 202, body: "hs_note_body", required: ["hs_timestamp"] },
    optional: ["hs_note_body", "hubspot_owner_id", "outreach_campaign"],
  },
};
const values: Record<string, readonly string[]> = {
  hs_communication_channel_type: ["LINKEDIN_MESSAGE", "SMS", "WHATS_APP"],
  hs_communication_logged_from: ["CRM"],
  hs_email_direction: ["EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"],
  hs_email_status: ["BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"],
};

/** What is wrong with the properties of an activity; null: nothing. */
export function problemOfProperties(type: string, properties: Record<string, string>): string | null {
  const { required, optional } = hubspotTypes[type]!;
  for (const name of required) if (!properties[name]) return `Required property ${name} is missing`;
  for (const [name, value] of Object.entries(properties)) {
    if (![...required, ...optional].includes(name))
      return `Property values were not valid: Property "${name}" does not exist`;
    if (typeof value !== "string" || value.length > 65_536) return `${name} is no text of 65,536 characters`;
    if (name === "hubspot_owner_id" && !/^\d+$/.test(value))
      return `Property values were not valid: the contact owner "${value}" is invalid`;
    if (values[name] && !values[name].includes(value)) return `${value} is not one of the options of ${name}`;
  }
  return Number.isNaN(Date.parse(properties.hs_timestamp!)) ? "hs_timestamp is no time" : null;
}
