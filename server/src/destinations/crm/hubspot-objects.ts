import { type Activity, cut } from "./activity.ts";

/** How activities are called in HubSpot, their text's property, and their association with a contact. */
export const objects = {
  communications: { name: "communication", body: "hs_communication_body", association: 81, html: true },
  emails: { name: "email", body: "hs_email_text", association: 198, html: false },
  notes: { name: "note", body: "hs_note_body", association: 202, html: true },
} as const;
export type ObjectType = keyof typeof objects;
const typeOf: Record<Activity["kind"], ObjectType> = {
  ...{ linkedin: "communications", sms: "communications", email: "emails", note: "notes" },
};

/** Properties by which Herald's own meaning is carried: no template may say otherwise. */
export const ownProperties: readonly string[] = [
  ...["hs_timestamp", "hs_communication_logged_from", "hs_communication_channel_type", "hs_communication_body"],
  ...["hs_email_direction", "hs_email_status", "hs_email_subject", "hs_email_text", "hs_note_body"],
];

export interface HubspotObject {
  type: ObjectType;
  properties: Record<string, string>;
}

/** An activity as an object of HubSpot. Pure: also for previews. */
export function hubspotObject(activity: Activity, ownerId: string | undefined): HubspotObject {
  const type = typeOf[activity.kind];
  const { body, html } = objects[type];
  const properties: Record<string, string> = { ...activity.fields, hs_timestamp: activity.at };
  properties[body] = html ? htmlOf(activity.body) : activity.body;
  if (ownerId) properties.hubspot_owner_id = ownerId;
  if (type === "communications") {
    properties.hs_communication_channel_type = activity.kind === "sms" ? "SMS" : "LINKEDIN_MESSAGE";
    properties.hs_communication_logged_from = "CRM";
    // Communications have no direction of their own.
    const who = activity.incoming ? "Received" : "Sent";
    properties[body] = `<p><strong>${who}</strong></p>${properties[body]}`;
  } else if (type === "emails") {
    properties.hs_email_direction = activity.incoming ? "INCOMING_EMAIL" : "EMAIL";
    properties.hs_email_status = "SENT";
    properties.hs_email_subject = cut(activity.subject, 1_000);
  }
  return { type, properties };
}

/** What is POSTed, alone or as one of a batch. */
export function inputOf({ type, properties }: HubspotObject, contactId: string) {
  const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: objects[type].association }];
  return { properties, associations: [{ to: { id: contactId }, types }] };
}

/** HubSpot shows these texts as HTML; what a lead wrote must not become any. */
function htmlOf(plain: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return plain.replace(/[&<>"']/g, (character) => entities[character]!).replace(/\r?\n/g, "<br>");
}
