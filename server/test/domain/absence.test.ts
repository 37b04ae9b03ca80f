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
  ["I will be back on December 7.", "2026-12-07"],
  ["I'm away between 30 November and 4 December.", "2026-12-05"],
  ["On 7 December, Monday, I am back.", "2026-12-07"],
  ["Ich bin bis Do 4.12. weg.", "2026-12-05"],
  ["Jag är på semester till och med 4 december.", "2026-12-05"],
  ["Jag är på semester t.o.m. 4/12 och åter måndag den 7 december.", "2026-12-07"],
  ["Jeg holder ferie til og med 4. december og er tilbage mandag d. 7. december.", "2026-12-07"],
  ["Jeg er på ferie til 4. desember.", "2026-12-05"],
  ["Olen vuosilomalla 30.11.-4.12.2026. Palaan töihin maanantaina 7.12.", "2026-12-07"],
  ["Olen lomalla 4. joulukuuta saakka.", "2026-12-05"],
  ["Jestem na urlopie do 4 grudnia 2026 r. włącznie.", "2026-12-05"],
  ["Do piątku 4 grudnia przebywam na urlopie.", "2026-12-05"],
  ["Od 7 grudnia będę ponownie dostępna.", "2026-12-07"],
  ["Wracam w poniedziałek.", "2026-11-30"],
  ["Jsem na dovolené do 4. prosince. Vrátím se v pondělí 7. prosince.", "2026-12-07"],
  ["Som na dovolenke do 4.12.2026.", "2026-12-05"],
  ["Sunt în concediu până pe 4 decembrie. Revin luni, 7 decembrie.", "2026-12-07"],
  ["Szabadságon vagyok december 4-ig. December 7-én, hétfőn térek vissza.", "2026-12-07"],
  ["12.04-ig szabadságon vagyok.", "2026-12-05"],
  ["4 Aralık'a kadar izindeyim.", "2026-12-05"],
  ["7 Aralık Pazartesi günü döneceğim.", "2026-12-07"],
  ["Нахожусь в отпуске с 30 ноября по 4 декабря 2026.", "2026-12-05"],
  ["Буду отсутствовать до 4 декабря. В офисе буду 7 декабря.", "2026-12-07"],
  ["Я у відпустці до 4 грудня. Повернуся у понеділок, 7 грудня.", "2026-12-07"],
  ["В отпуск съм до 4 декември.", "2026-12-05"],
  ["Βρίσκομαι σε άδεια έως και τις 4 Δεκεμβρίου.", "2026-12-05"],
  ["Na godišnjem odmoru sam do 4.12.2026. Vraćam se 7.12.", "2026-12-07"],
  ["12月4日まで休暇をいただいております。", "2026-12-05"],
  ["１２月１日（火）～１２月４日（金）まで不在にしております。１２月７日（月）より出社いたします。", "2026-12-07"],
  ["12月1日から4日まで休業いたします。", "2026-12-05"],
  ["我将于12月1日至12月4日休假，12月7日恢复上班。", "2026-12-07"],
  ["本人休假至2026年12月4日。", "2026-12-05"],
  ["下周一回来。", "2026-11-30"],
  ["12월 1일부터 4일까지 휴가입니다. 12월 7일(월)부터 정상 근무합니다.", "2026-12-07"],
  ["2026. 12. 4.까지 부재중입니다.", "2026-12-05"],
  ["אני בחופשה עד 4/12. אחזור ב-7/12.", "2026-12-07"],
  ["أنا في إجازة حتى 4 ديسمبر.", "2026-12-05"],
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
  "Ich bin Do 10.12. auf der Messe, und Fr 11.12. auch.",
  "Em férias a partir do dia 1 de dezembro.",
  "Jsem na dovolené. Uvidíme se 9. prosince na veletrhu.",
  "Revin în 2 luni.",
  "休暇中です。12月9日の展示会でお会いしましょう。",
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
    "12月1日(".repeat(20_000),
    "between 1 ".repeat(20_000),
    "4. luni, ".repeat(20_000),
  ];
  let took = Number.POSITIVE_INFINITY;
  // A machine that was busy elsewhere for a moment is asked again.
  for (let n = 0; n < 3 && took >= 500; n++) {
    const startedAt = performance.now();
    for (const note of notes) backOn(note, sent);
    took = performance.now() - startedAt;
  }
  expect(took).toBeLessThan(500);
});
