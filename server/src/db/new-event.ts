import type { EventDataByType, EventType, HeraldEvent } from "../domain/event.ts";
import { namedOnlyBit } from "../domain/format.ts";
import { formatsExpressing } from "../domain/formats.ts";
import { newEventId } from "../domain/id.ts";
import type { NewEvent } from "./event.ts";

/**
 * Makes an event of a fact: gives it its ID and time, and notes which formats can express it. `at` is unix milliseconds.
 * `namedOnly`: not for destinations that take all events without naming any.
 */
export function newEvent<T extends EventType>(
  workspaceId: string,
  type: T,
  data: EventDataByType[T],
  about: { leadId?: string | null; campaignId?: string | null; channel?: string | null; namedOnly?: boolean },
  at: number = Date.now(),
): NewEvent {
  const id = newEventId(at);
  const event = {
    eventId: id,
    eventType: type,
    timestamp: new Date(at).toISOString(),
    workspaceId,
    data,
  } as HeraldEvent;
  return {
    workspaceId,
    id,
    at,
    type,
    leadId: about.leadId ?? null,
    campaignId: about.campaignId ?? null,
    channel: about.channel ?? null,
    formats: formatsExpressing(event) | (about.namedOnly ? namedOnlyBit : 0),
    data: JSON.stringify(data),
  };
}
