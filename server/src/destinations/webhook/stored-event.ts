import type { LoadedEvent } from "../../db/event.ts";
import type { EventType } from "../../domain/event.ts";
import type { StoredEvent } from "../../domain/format.ts";
import { eventIdTime, eventTimestamp } from "../../domain/id.ts";

/** As formats take it. */
export function storedEvent(event: LoadedEvent): StoredEvent {
  return {
    eventId: event.id,
    eventType: event.type as EventType,
    timestamp: eventTimestamp(eventIdTime(event.id) ?? 0),
    workspaceId: event.workspaceId,
    data: event.data,
  };
}
