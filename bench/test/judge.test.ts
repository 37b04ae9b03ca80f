import { describe, expect, it } from "vitest";
import { digest } from "../src/import/csv-file.ts";
import {
  joinVerdicts,
  judgeAccepted,
  judgeDeliveries,
  judgeImport,
  judgeInterrupted,
  judgeMessages,
  type MessageFact,
} from "../src/judge.ts";
import type { Tally } from "../src/receiver.ts";

const tally = (events: Record<string, number>, forged = 0): Tally => {
  const signaturesValid = Object.values(events).reduce((sum, times) => sum + times, 0);
  return {
    requests: signaturesValid + forged,
    signaturesValid,
    events: new Map(Object.entries(events)),
    arrivedAt: new Map(),
  };
};

describe("delivery is valid only if every event arrived exactly once with a valid signature", () => {
  it("says yes to that", () => {
    const verdict = judgeDeliveries(["a", "b"], tally({ a: 1, b: 1 }));
    expect(verdict).toEqual({ ok: true, checked: { sent: 2, arrivedOnce: 2, signaturesValid: 2 }, problems: [] });
  });

  it.each([
    ["an event was lost", ["a", "b"], tally({ a: 1 }), 1],
    ["an event came twice", ["a", "b"], tally({ a: 1, b: 2 }), 1],
    ["an event came that nobody sent", ["a"], tally({ a: 1, x: 1 }), 1],
    ["an event came with a wrong signature", ["a", "b"], tally({ a: 1 }, 1), 1],
    ["a right event came a second time with a wrong signature", ["a"], tally({ a: 1 }, 1), 1],
    ["nothing was sent", [], tally({}), 0],
  ])("says no when %s", (_what, ids, arrived, arrivedOnce) => {
    const verdict = judgeDeliveries(ids, arrived);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).not.toEqual([]);
    expect(verdict.checked.arrivedOnce).toBe(arrivedOnce);
  });
});

describe("where a process was killed, every event must arrive, and only what was under way may come again", () => {
  it("says yes to that", () => {
    expect(judgeInterrupted(["a", "b", "c"], tally({ a: 2, b: 2, c: 1 }), 2)).toMatchObject({ ok: true, problems: [] });
  });

  it.each([
    ["an event was lost", ["a", "b"], tally({ a: 2 }), 2],
    ["more came again than was under way", ["a", "b"], tally({ a: 2, b: 3 }), 2],
    ["an event came that nobody sent", ["a"], tally({ a: 1, x: 1 }), 1],
    ["a signature was wrong", ["a"], tally({ a: 1 }, 1), 1],
  ])("says no when %s", (_what, ids, arrived, mayRepeat) => {
    expect(judgeInterrupted(ids, arrived, mayRepeat).ok).toBe(false);
  });
});

describe("send and smtp are valid only if every message and its webhook arrived exactly once", () => {
  const facts = (change: Partial<MessageFact> = {}) =>
    new Map<string, MessageFact>([
      ["m1", { status: "sent", providerKey: "to1", eventIds: ["e1"] }],
      ["m2", { status: "sent", providerKey: "to2", eventIds: ["e2"], ...change }],
    ]);
  const provider = new Map([
    ["to1", 1],
    ["to2", 1],
  ]);
  const webhooks = tally({ e1: 1, e2: 1 });

  it("says yes to that", () => {
    const verdict = judgeMessages(["m1", "m2"], facts(), provider, webhooks);
    expect(verdict).toEqual({ ok: true, checked: { sent: 2, arrivedOnce: 2, signaturesValid: 2 }, problems: [] });
  });

  it.each([
    ["a message did not reach the provider", facts(), new Map([["to1", 1]]), webhooks],
    ["a message reached the provider twice", facts(), new Map([...provider, ["to2", 2]]), webhooks],
    ["the provider got a message of nobody's", facts(), new Map([...provider, ["to3", 1]]), webhooks],
    ["a message is not stored", new Map([...facts()].slice(0, 1)), new Map([["to1", 1]]), tally({ e1: 1 })],
    ["a message stayed uncertain", facts({ status: "uncertain" }), provider, webhooks],
    ["a message has no event", facts({ eventIds: [] }), provider, tally({ e1: 1 })],
    ["a message has two events", facts({ eventIds: ["e2", "e3"] }), provider, tally({ e1: 1, e2: 1, e3: 1 })],
    ["a webhook was lost", facts(), provider, tally({ e1: 1 })],
    ["a webhook was forged", facts(), provider, tally({ e1: 1 }, 1)],
  ])("says no when %s", (_what, stored, taken, arrived) => {
    const verdict = judgeMessages(["m1", "m2"], stored, taken, arrived);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).not.toEqual([]);
  });
});

describe("import is valid only if the database has the file's leads, each once", () => {
  const emails = ["a@example.com", "b@example.com"];
  const file = { rows: 3, duplicates: 1, emailsSha256: digest(emails) };
  const report = { rows: 3, added: 2, duplicates: 1, rejected: 0 };
  const stored = { leads: 2, emailsSha256: digest(emails.toReversed()) };

  it("says yes to that", () => expect(judgeImport(file, report, stored).ok).toBe(true));

  it.each([
    ["a lead is missing", report, { ...stored, leads: 1 }],
    ["a duplicate was stored", report, { ...stored, leads: 3 }],
    ["another address is stored", report, { leads: 2, emailsSha256: digest(["a@example.com", "c@example.com"]) }],
    ["a row was rejected", { ...report, rejected: 1 }, stored],
    ["the report miscounts", { ...report, added: 3 }, stored],
  ])("says no when %s", (_what, told, found) => expect(judgeImport(file, told, found).ok).toBe(false));
});

describe("accept is valid only if each request is stored and queued exactly once", () => {
  const stored = [
    { id: "m1", leadId: "l1", queued: 1 },
    { id: "m2", leadId: "l2", queued: 1 },
  ];
  const [first, second] = [stored[0]!, stored[1]!];

  it("says yes to that", () => expect(judgeAccepted(["l1", "l2"], ["m1", "m2"], stored).ok).toBe(true));

  it.each([
    ["an answered message is not stored", ["m1", "m2"], [first]],
    ["a message is stored twice", ["m1", "m2"], [first, second, { ...second, id: "m3" }]],
    ["a message is stored and not queued", ["m1", "m2"], [first, { ...second, queued: 0 }]],
    ["another ID was answered than is stored", ["m1", "m9"], stored],
    ["two answers have one ID", ["m1", "m1"], stored],
    ["a request was refused", ["m1"], [first]],
  ])("says no when %s", (_what, answered, found) =>
    expect(judgeAccepted(["l1", "l2"], answered, found).ok).toBe(false),
  );
});

describe("several rounds", () => {
  const good = judgeDeliveries(["a"], tally({ a: 1 }));

  it("are invalid as a whole when one of them is", () => {
    const joined = joinVerdicts([good, judgeDeliveries(["b"], tally({})), good]);
    expect(joined).toMatchObject({ ok: false, checked: { sent: 3, arrivedOnce: 2, signaturesValid: 2 } });
  });

  it("are invalid when there were none", () => expect(joinVerdicts([]).ok).toBe(false));
});
