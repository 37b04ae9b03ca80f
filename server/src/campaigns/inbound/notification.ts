import { newEvent } from "../../db/new-event.ts";
import type { InboundNotification } from "../../domain/inbound.ts";
import { type Applied, type Arrival, record } from "./context.ts";
import { addressesOf, findPerson } from "./person.ts";

/** Another system asks for a person's attention: it is passed on, whether its lead is known or not. */
export async function applyNotification(arrival: Arrival, notification: InboundNotification): Promise<Applied> {
  const { person, channel, name, message } = notification;
  const lead = await findPerson(arrival, person, [], null);
  const given = addressesOf(person);
  const data = {
    leadId: lead?.id ?? null,
    externalLeadId: lead?.externalLeadId ?? person.externalLeadId ?? null,
    channel,
    linkedinUrl: lead?.linkedinUrl ?? given.linkedinUrl,
    phone: lead?.phone ?? given.phone,
    email: lead?.email ?? given.email,
    ...{ name, message },
  };
  await record(arrival, newEvent(arrival.workspaceId, "notification.created", data, { leadId: data.leadId, channel }));
  return { kind: "done", detail: null, leadId: data.leadId };
}
