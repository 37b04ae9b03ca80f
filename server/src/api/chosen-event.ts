import { z } from "zod";
import { type FilteredEvent, getFilteredEvent } from "../db/destination-filter.ts";
import type { LoadedEvent } from "../db/event.ts";
import type { Queryable } from "../db/pool.ts";
import { isErasedData } from "../domain/erasure.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type EventType, eventTypes } from "../domain/event.ts";
import { sampleFor } from "../domain/event-samples.ts";
import type { Format } from "../domain/format.ts";
import { eventIdTime } from "../domain/id.ts";

/** An event that a caller wants to try something with: one of the log, or a sample. */
export interface ChosenEvent {
  event: LoadedEvent;
  /** As filters see it. */
  about: FilteredEvent;
}

export const chosenEventFields = {
  type: z.enum(eventTypes).optional().meta({ description: "A sample of this type. Default: `message.sent`." }),
  eventId: z.string().min(1).max(100).optional().meta({ description: "An event of the log, in place of a sample." }),
};

/** Whether a body names not more than one. */
export const chosenOnce = (body: { type?: unknown; eventId?: unknown }) =>
  body.type === undefined || body.eventId === undefined;
export const chosenOnceError = { path: ["eventId"], message: "Give `type` or `eventId`, not both." };

/** Throws not_found, and unprocessable where the format can't say this event. */
export async function chosenEvent(
  db: Queryable,
  workspaceId: string,
  format: Format,
  { type = "message.sent", eventId }: { type?: EventType | undefined; eventId?: string | undefined },
): Promise<ChosenEvent> {
  const limits = `What it can't say: ${format.limits}`;
  if (eventId === undefined) {
    const sample = sampleFor(format, workspaceId, type);
    if (!sample) throw new HeraldError("unprocessable", `The format ${format.name} can't say ${type}. ${limits}`);
    const { data } = sample;
    return {
      event: { workspaceId, id: sample.eventId, type, data: JSON.stringify(data) },
      about: {
        type,
        channel: type === "connection_request.sent" ? "linkedin" : "channel" in data ? data.channel : null,
        campaignId: "campaignId" in data ? data.campaignId : null,
        leadId: "leadId" in data ? data.leadId : null,
        data: JSON.stringify(data),
      },
    };
  }
  const at = eventIdTime(eventId);
  const found = at === null ? null : await getFilteredEvent(db, workspaceId, { id: eventId, at });
  if (!found) throw notFound("event", eventId);
  const { data, formats, ...about } = found;
  if (isErasedData(data))
    throw new HeraldError(
      "unprocessable",
      "The person whom this event is about was erased, and what it said with them.",
    );
  if ((formats & format.bit) === 0) {
    throw new HeraldError("unprocessable", `The format ${format.name} can't say this event. ${limits}`);
  }
  return { event: { workspaceId, id: eventId, type: about.type, data }, about: { ...about, formats, data } };
}
