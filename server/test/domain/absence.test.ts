import { expect, test } from "vitest";
import { backOn } from "../../src/domain/absence.ts";

/** A Saturday. */
const sent = Date.parse("2026-11-28T09:00:00Z");
const dayOf = (note: string, at = sent) => {
  const day = backOn(note, at);
  return day === null ? null : new Date(day * 86_400_000).toISOString().slice(0, 10);
};

test.each([
  ["I am out of the office until December 4, 2026. For urgent matters call Bob.", "2026-12-05"],
  ["Out of office December 1-4", "2026-12-05"],
  ["I'm away from 30 Nov to 4 Dec and will be back on Monday, December 7th.", "2026-12-07"],
  ["Thank you for your email. I am on leave and will return on 12/07/2026.", "2026-12-07"],
  ["I will not be back until Dec 7", "2026-12-07"],
  ["I'm out of the office and will be back on\nJanuary 4th, 2027.", "2027-01-04"],
  ["On January 4 I will be back.", "2027-01-04"],
  ["I am out 2026-11-30 – 2026-12-04.", "2026-12-05"],
  ["I am out of the office today and back tomorrow.", "2026-11-29"],
  ["I return next week.", "2026-11-30"],
  ["Ich bin vom 1. bis 12.12. im Urlaub und ab dem 14.12.2026 wieder erreichbar.", "2026-12-14"],
  ["Ich bin bis einschließlich 5. Dezember nicht im Büro.", "2026-12-06"],
  ["Ich bin bis zum 05.12.26 abwesend. Ihre Mail wird nicht weitergeleitet.", "2026-12-06"],
  ["Am Montag bin ich wieder für Sie da.", "2026-11-30"],
  ["Je suis absent jusqu’au 5 décembre inclus.", "2026-12-06"],
  ["Je serai de retour le lundi 7 décembre 2026.", "2026-12-07"],
  ["Estoy de vacaciones hasta el 5 de diciembre de 2026.", "2026-12-06"],
  ["Sono in ferie fino al 5 dicembre. Rientro il 7 dicembre.", "2026-12-07"],
  ["Ik ben afwezig t/m 5 december en ben maandag 7 december weer aanwezig", "2026-12-07"],
  ["Estou de férias até 5 de dezembro. Volto no dia 7/12.", "2026-12-07"],
])("%s", (note, day) => {
  expect(dayOf(note)).toBe(day);
});

test.each([
  "I am currently out of the office. Meet us at the fair on December 9!",
  "I was away until Nov 20.",
  "I am out until May.",
  "I return on 31.02.2027.",
  "I am back on 2031-01-01.",
  "Call 05.12.345.67 for help while I am away.",
  "",
])("no day of return that could be believed: %s", (note) => {
  expect(dayOf(note)).toBeNull();
});

test("a date with slashes is read so that it lies nearer, in one order of day and month or the other", () => {
  expect(dayOf("back on 05/12/2026")).toBe("2026-12-05");
  expect(dayOf("back on 12/05/2026", Date.parse("2026-05-01T00:00:00Z"))).toBe("2026-05-12");
  expect(dayOf("back on 05/12/2026", Date.parse("2026-05-01T00:00:00Z"))).toBe("2026-05-12");
});

test("a note that was made to be slow is read in no time", () => {
  const notes = [
    "1.".repeat(50_000),
    "until ".repeat(20_000),
    `back ${"5 de ".repeat(20_000)}`,
    "mon, ".repeat(20_000),
  ];
  const startedAt = performance.now();
  for (const note of notes) backOn(note, sent);
  expect(performance.now() - startedAt).toBeLessThan(500);
});
