import { z } from "zod";
import { eventCatalogue, eventTypes as types } from "../../server/src/domain/event.ts";
import { eventSchemas } from "../../server/src/domain/event-schemas.ts";
import { type JsonSchema, oneLine, typeOf } from "./type-of-schema.ts";

/** sdk/src/events.ts: a discriminated union of all events in the format `herald`. */
export function eventTypes(): string {
  const entries = types.map((type) => {
    const schema = z.toJSONSchema(eventSchemas[type].data) as JsonSchema;
    return `  /** ${oneLine(eventCatalogue[type].summary)} */\n  ${JSON.stringify(type)}: ${typeOf(schema, "  ")};`;
  });
  return `// Made by \`npm run generate\` from the server's schemas. Don't edit.

/** The \`data\` of each event in the format \`herald\`. */
export interface EventDataByType {
${entries.join("\n")}
}

export type EventType = keyof EventDataByType;

/** An event in the format \`herald\`: \`eventType\` says which \`data\` it has. */
export type HeraldEvent = {
  [T in EventType]: {
    /** The same in every retry: by it a receiver knows what it had. */
    eventId: string;
    eventType: T;
    /** ISO 8601 in UTC, with milliseconds. */
    timestamp: string;
    workspaceId: string;
    data: EventDataByType[T];
  };
}[EventType];
`;
}
