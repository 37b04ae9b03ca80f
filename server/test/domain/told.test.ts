import fc from "fast-check";
import { expect, test } from "vitest";
import { leadStatuses } from "../../src/domain/event.ts";
import { movedAlong, statusCounts, type Told, toldFields, toldPerson, toldTags } from "../../src/domain/told.ts";

/** A list in two orders, the second one with some of it said again. */
const twoOrders = <T>(item: fc.Arbitrary<T>) =>
  fc
    .array(item, { maxLength: 8 })
    .chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list.concat(list.slice(0, 3)), { minLength: list.length + Math.min(3, list.length) }),
      ),
    );
const at = fc.integer({ min: 0, max: 4 });
const key = fc.constantFrom("a", "b", "__proto__");

test("tags, fields and who somebody is end the same in any order, and said twice", () => {
  const tag = fc.record({ at, add: fc.array(key, { maxLength: 2 }), remove: fc.array(key, { maxLength: 2 }) });
  const tagsOf = (facts: readonly { at: number; add: string[]; remove: string[] }[]) =>
    facts.reduce((lead, fact) => toldTags(lead, fact, fact.at), { tags: ["own"], told: null as Told | null });
  fc.assert(fc.property(twoOrders(tag), ([one, other]) => void expect(tagsOf(other)).toEqual(tagsOf(one))));

  const field = fc.record({ at, key, value: fc.constantFrom("x", "y", null) });
  const fieldsOf = (facts: readonly { at: number; key: string; value: string | null }[]) => {
    let lead = { custom: {} as Record<string, string>, told: null as Told | null };
    for (const fact of facts) {
      const { fields, told } = toldFields(lead, [[fact.key, fact.value]], fact.at);
      const all = new Map<string, string | null>([...Object.entries(lead.custom), ...fields]);
      lead = {
        custom: Object.fromEntries([...all].filter((entry) => entry[1] !== null)) as Record<string, string>,
        told,
      };
    }
    return [Object.entries(lead.custom).sort(), lead.told?.fields];
  };
  fc.assert(fc.property(twoOrders(field), ([one, other]) => void expect(fieldsOf(other)).toEqual(fieldsOf(one))));

  const name = fc.constantFrom("x", "y", null);
  const person = fc.record({
    at,
    said: fc.record({ externalLeadId: name, profile: name, firstName: name, lastName: name }),
  });
  type Said = Record<"externalLeadId" | "profile" | "firstName" | "lastName", string | null>;
  const personOf = (facts: readonly { at: number; said: Said }[]) => {
    const own = { externalLeadId: "own", profile: null, firstName: null, lastName: null };
    let lead: Said & { told: Told | null } = { ...own, told: null };
    for (const fact of facts) lead = { ...lead, ...toldPerson(lead, fact.said, fact.at) };
    return lead;
  };
  fc.assert(
    fc.property(twoOrders(person), ([one, other]) => {
      expect(personOf(other)).toEqual(personOf(one));
      expect(personOf(one).externalLeadId).toBe("own");
    }),
  );
});

test("the status that was told last counts, moved along by what happened later, and never moved back", () => {
  const nothing = { invited: false, connected: false, written: false, replied: false };
  expect(movedAlong("PENDING", nothing)).toBe("PENDING");
  expect(movedAlong("CONNECTION_SENT", { ...nothing, written: true })).toBe("MESSAGE_SENT");
  expect(movedAlong("REPLY_RECEIVED", { ...nothing, invited: true })).toBe("REPLY_RECEIVED");
  for (const status of leadStatuses.slice(5)) expect(movedAlong(status, { ...nothing, replied: true })).toBe(status);
  const known = { statusTold: "MEETING_BOOKED", statusToldAt: new Date(5) } as const;
  expect(statusCounts(known, "PENDING", 6)).toBe(true);
  expect(statusCounts(known, "DONE", 4)).toBe(false);
  // Of two at the same time, the one that is further along.
  expect(statusCounts(known, "DONE", 5)).toBe(true);
  expect(statusCounts(known, "PENDING", 5)).toBe(false);
  expect(statusCounts({ statusTold: null, statusToldAt: null }, "PENDING", 0)).toBe(true);
});
