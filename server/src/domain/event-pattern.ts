import { type EventType, eventTypes } from "./event.ts";

/** The event types that a name or a pattern (`message.*`, `*`) stands for; none where there is no such event. */
export function typesLike(pattern: string): readonly EventType[] {
  if (pattern === "*") return eventTypes;
  const prefix = pattern.endsWith(".*") ? pattern.slice(0, -1) : null;
  return eventTypes.filter((type) => (prefix === null ? type === pattern : type.startsWith(prefix)));
}
