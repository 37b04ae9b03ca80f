import { expect, test } from "vitest";
import { type EventType, eventTypes, type HeraldEvent } from "../../src/domain/event.ts";
import { eventSample, sampleFor } from "../../src/domain/event-samples.ts";
import { formatNames } from "../../src/domain/format.ts";
import { herald, thinKeys } from "../../src/domain/formats/herald.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { eventIdTime } from "../../src/domain/id.ts";
import { oneOfEach, stored } from "./formats-events.ts";

/** The keys of a value, in order, with those of the objects in it. */
function keysOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]);
}

const bodyOf = (format: (typeof formatNames)[number], event: HeraldEvent) =>
  JSON.parse(formatOf(format).body(stored(event)));

test("each type of the catalogue has a sample that has its keys, and no other, and is known as one by its ID", () => {
  for (const type of eventTypes) {
    const sample = eventSample("ws_1", type, { at: 1_767_605_400_000 });
    expect(sample.eventId).toMatch(/^evt_1767605400000_test[a-z0-9]{5}$/);
    expect(eventIdTime(sample.eventId)).toBe(Date.parse(sample.timestamp));
    const sorted = (event: HeraldEvent) =>
      (keysOf(event.data) as [string, unknown][]).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(sample), type).toEqual(sorted(oneOfEach[type]));
  }
});

test("each format says the samples of all types that it has, as it says real events", () => {
  for (const name of formatNames) {
    for (const type of eventTypes) {
      const sample = sampleFor(formatOf(name), "ws_1", type);
      const can = formatOf(name).eventTypes.includes(type);
      expect(sample !== null, `${name} ${type}`).toBe(can);
      if (sample) expect(bodyOf(name, sample), `${name} ${type}`).toBeTypeOf("object");
    }
  }
});

test("a thin payload has the envelope and Herald's own IDs, and no key that could hold more", () => {
  const left = new Set(["externalLeadId", "providerMessageId"]);
  for (const type of eventTypes as EventType[]) {
    const sample = eventSample("ws_1", type);
    const thin = JSON.parse(herald.thin!(stored(sample)));
    const { data, ...envelope } = bodyOf("herald", sample);
    const { data: ids, ...thinEnvelope } = thin;
    expect(thinEnvelope).toEqual(envelope);
    const expected = Object.keys(data).filter((key) => key.endsWith("Id") && !left.has(key));
    expect(Object.keys(ids).sort(), type).toEqual(expected.sort());
    for (const key of Object.keys(ids)) expect(thinKeys).toContain(key);
  }
});
