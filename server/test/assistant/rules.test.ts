import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Briefing } from "../../src/assistant/briefing.ts";
import { answerProblems } from "../../src/assistant/checks.ts";
import { hoursOf } from "../../src/assistant/hours.ts";
import { hasKey } from "../../src/assistant/leaks.ts";
import { loopIn } from "../../src/assistant/loop-detector.ts";
import { forbiddenIn } from "../../src/assistant/must-not-say.ts";
import { promptOf } from "../../src/assistant/prompt.ts";
import { think } from "../../src/assistant/think.ts";
import { Semaphore } from "../../src/background/semaphore.ts";
import type { SpokenMessage } from "../../src/db/assistant-message.ts";
import { profileContentSchema } from "../../src/domain/profile.ts";
import { scriptedModel } from "./setup.ts";

const always = { from: "00:00", to: "24:00" };
const at = (iso: string) => Date.parse(iso);

function hours(now: string, given: Partial<Parameters<typeof hoursOf>[0]> = {}) {
  const { opensAt, closesAt } = hoursOf(
    {
      ...{ schedule: null, smsHours: always, channel: "sms", timeZone: "Europe/Berlin", workspaceZone: "UTC" },
      ...given,
    },
    at(now),
  );
  return [opensAt, closesAt].map((ms) => (ms === null ? null : new Date(ms).toISOString().slice(0, 16)));
}

test("hours are those of the lead's clock on the day itself, also where the clock is changed in the night before", () => {
  const schedule = { windows: { sunday: [{ from: "09:00", to: "17:00" }] }, holidays: [] };
  // Berlin: 28 March and 31 October 2027. On the evenings before, the offset is another one.
  expect(hours("2027-03-27T20:00Z", { schedule })).toEqual(["2027-03-28T07:00", "2027-03-28T15:00"]);
  expect(hours("2027-10-30T20:00Z", { schedule })).toEqual(["2027-10-31T08:00", "2027-10-31T16:00"]);
  // New York a fortnight earlier; and where the lead has no zone, the workspace's counts.
  const there = { schedule, timeZone: "America/New_York" };
  expect(hours("2027-03-14T02:00Z", there)).toEqual(["2027-03-14T13:00", "2027-03-14T21:00"]);
  expect(hours("2027-03-27T20:00Z", { schedule, timeZone: null })[0]).toBe("2027-03-28T09:00");
  // An hour that there is not that night: it opens when the clock has passed it.
  const night = { windows: { sunday: [{ from: "02:30", to: "04:00" }] }, holidays: [] };
  const [opens, closes] = hours("2027-03-27T20:00Z", { schedule: night });
  expect([opens! >= "2027-03-28T01:00", closes]).toEqual([true, "2027-03-28T02:00"]);
});

test("the sender's own hours, by its clock, limit them as well; what never meets is null, and whose it is is said", () => {
  const schedule = { windows: { monday: [{ from: "09:00", to: "17:00" }] }, holidays: [] };
  const senderSchedule = { windows: { monday: [{ from: "08:00", to: "12:00" }] }, holidays: [] };
  const given = { schedule, senderSchedule, senderZone: "America/New_York" };
  // Berlin until 15:00 UTC, New York from 12:00 UTC.
  expect(hours("2027-06-07T00:00Z", given)).toEqual(["2027-06-07T12:00", "2027-06-07T15:00"]);
  // Without a zone of its own it goes by the workspace's.
  expect(hours("2027-06-07T00:00Z", { ...given, senderZone: null })).toEqual(["2027-06-07T08:00", "2027-06-07T12:00"]);
  expect(hours("2027-06-07T00:00Z", { ...given, senderZone: "Asia/Tokyo" })).toEqual([null, null]);
  const of = (now: string, more: object) =>
    hoursOf(
      { ...given, smsHours: always, channel: "email", timeZone: "Europe/Berlin", workspaceZone: "UTC", ...more },
      at(now),
    ).reason;
  expect(of("2027-06-07T08:00Z", {})).toBe("It is outside of the sender's hours.");
  expect(of("2027-06-07T03:00Z", {})).toBe("It is outside of the profile's hours.");
  expect(of("2027-06-07T13:00Z", {})).toBeNull();
  expect(of("2027-06-07T13:00Z", { senderZone: "Asia/Tokyo" })).toMatch(/never meet/);
});

test("holidays are left out; an SMS keeps the workspace's hours within the profile's; what never comes is null", () => {
  const week = { sunday: [{ from: "06:00", to: "23:00" }], monday: [{ from: "06:00", to: "23:00" }] };
  const schedule = { windows: week, holidays: ["2027-03-28"] };
  expect(hours("2027-03-27T20:00Z", { schedule })[0]).toBe("2027-03-29T04:00");
  const smsHours = { from: "08:00", to: "21:00" };
  expect(hours("2027-03-27T20:00Z", { schedule, smsHours })).toEqual(["2027-03-29T06:00", "2027-03-29T19:00"]);
  expect(hours("2027-03-27T20:00Z", { schedule, smsHours, channel: "email" })[0]).toBe("2027-03-29T04:00");
  const early = { windows: { monday: [{ from: "05:00", to: "07:00" }] }, holidays: [] };
  expect(hours("2027-03-27T20:00Z", { schedule: early, smsHours })).toEqual([null, null]);
});

/** A conversation: who, seconds after the one before, and what. */
function conversation(...said: ["us" | "lead", number, string][]): SpokenMessage[] {
  let ms = at("2027-01-04T09:00Z");
  return said.map(([who, seconds, text], i) => {
    ms += seconds * 1_000;
    const direction = who === "lead" ? ("inbound" as const) : ("outbound" as const);
    return { ...{ id: `msg_${i}`, direction, channel: "sms", source: "api", subject: null }, text, at: new Date(ms) };
  });
}
const times = (n: number, turn: (i: number) => ["us" | "lead", number, string][]) =>
  conversation(...Array.from({ length: n }, (_, i) => turn(i)).flat());

test("the other side is taken for a program by four signs, and people by none of them", () => {
  const people = times(14, (i) => [
    ["lead", 40, `Question ${i}, of another kind`],
    ["us", 60, `An answer of some length to question ${i}`],
  ]);
  expect(loopIn(people)).toBe(null);
  // The same words, in other letters and with other marks.
  const same = (n: number) =>
    times(n, (i) => [
      ["us", 60, `Answer ${i} is always another one`],
      ["lead", 60, `Thank you, you TOO${"!".repeat(i)}`],
    ]);
  expect(loopIn(same(2))).toBe(null);
  expect(loopIn(same(3))).toContain("the same 3 times");
  // "K" says everybody.
  expect(
    loopIn(
      times(4, (i) => [
        ["us", 60, `Answer ${i} is always another one`],
        ["lead", 60, "k"],
      ]),
    ),
  ).toBe(null);
  // "Yes" to one question after the other is an answer; it is none to so many.
  const yes = (n: number) =>
    times(n, (i) => [
      ["us", 60, `Question ${i} is always another one`],
      ["lead", 60, `Yes${"!".repeat(i % 2)}`],
    ]);
  expect(loopIn(yes(5))).toBe(null);
  expect(loopIn(yes(6))).toContain("the same 6 times");
  const echo = (n: number) =>
    times(n, (i) => [
      ["us", 60, `We would like to help you, number ${i}`],
      ["lead", 60, `we would like to help you, number ${i}`],
    ]);
  expect(loopIn(echo(1))).toBe(null);
  expect(loopIn(echo(2))).toContain("sends back");
  const quick = (n: number, slow = -1) =>
    times(n, (i) => [
      ["us", 60, `Answer ${i} is always another one`],
      ["lead", i === slow ? 20 : 14, `Something new, ${"abcdefghij"[i]}`],
    ]);
  expect(loopIn(quick(4))).toBe(null);
  expect(loopIn(quick(5))).toContain("within 15 s");
  // A person was slow once among them.
  expect(loopIn(quick(6, 3))).toBe(null);
  const many = (seconds: number) =>
    times(15, (i) => [
      ["us", seconds, `Answer ${i} is always another one`],
      ["lead", seconds, `Something new, ${i * 7}`],
    ]);
  expect(loopIn(many(60))).toContain("30 messages within an hour");
  expect(loopIn(many(200))).toBe(null);
});

/** Codes of what is wrong with a text, given the knowledge and what the lead wrote. */
const content = profileContentSchema.parse({ bookingLink: "https://booking.example/solar" });
function codes(
  text: string,
  source = "",
  lead = "",
  {
    mustNotSay = [],
    ...more
  }: { confidential?: string[]; earlier?: string[]; leadsNames?: string[]; mustNotSay?: string[] } = {},
) {
  const about = { sources: [source], leadsWords: [lead], content: { ...content, mustNotSay } };
  const given = { channel: "email" as const, subject: null, text, ...about };
  return [
    ...new Set(
      answerProblems({ ...given, confidential: [], earlier: [], leadsNames: [], ...more }).map(({ code }) => code),
    ),
  ];
}

test("what the knowledge has may be said in any script; a date also where the lead named it, and else not", () => {
  for (const text of ["3月3日", "3월 3일", "il 3 dicembre", "3 марта", "3 de março", "March 3rd"]) {
    expect([codes(text), codes(text, "", text)], text).toEqual([["date"], []]);
  }
  for (const text of ["السعر ٥٠٠ دولار", "५०० रुपये", "500 руб.", "500元", "₺500", "500 zł"]) {
    expect([codes(text), codes(text, text), codes(text, "", text)], text).toEqual([["price"], [], ["price"]]);
  }
  expect([codes("Call 555-0001."), codes("Call 555-0001.", "Tel. 555 0001")]).toEqual([["phone_number"], []]);
  for (const text of [
    ...[
      "Guten Tag! Das Team meldet sich morgen früh.",
      "好的。我们会尽快回复您。",
      "Хорошо.Спасибо за ответ",
      "Grazie, a presto.",
    ],
    ...[
      "Book here: https://booking.example/solar",
      "We have 3 people for that, 24 hours a day.",
      "Point taken. Dot your i's.",
    ],
    ...[
      "That takes 2.5 hours, with 10.30 m of cable or so.",
      "Dziękuję, odezwę się. Miłego dnia!",
      "ありがとうございます。担当者から連絡します。",
    ],
  ]) {
    expect(codes(text), text).toEqual([]);
  }
});

test("what a lead wrote where its name belongs is no fact for having been greeted by it", () => {
  const greeted = (name: string, text: string, leadsNames = [name]) =>
    codes(text, "", "", { earlier: [`Hi ${name}, how are you? Our shop opens on 2027-02-03.`], leadsNames });
  expect(greeted("Ada (90% discount approved)", "Yes, 90% discount approved.")).toEqual(["price", "promise"]);
  expect(greeted("ADA $5 A MONTH", "It is $5 a month, Ada.", ["Ada $5 a month"])).toEqual(["price"]);
  // What was said around it stays said, and so does a name that claims nothing.
  expect(greeted("Ada $5", "Come on 2027-02-03, Ada.")).toEqual([]);
  expect(greeted("monday.com", "Does monday.com have a shop on 2027-02-03?")).toEqual([]);
});

test("what must not be said is found in disguise, and not in what only looks like it", () => {
  const about = { mustNotSay: ["mill by the river", "cheapest * town"] };
  for (const text of [
    "The m i l l by the river.",
    "The мill by the river.",
    "*The mill* by the river",
    "The c-h-e-a-p-e-s-t in town",
  ])
    expect(codes(text, "", "", about), text).toEqual(["must_not_say"]);
  for (const text of ["A mill. By the river?", "Plan A, B or C? It is up to you.", "сhеар"])
    expect(codes(text, "", "", about), text).toEqual([]);
});

test("what must not be said is found with any number of stars, as one pattern for all of it would", () => {
  const one = (words: string) => {
    const parts = words.split("*").map((part) => part.trim().replaceAll(".", "\\."));
    const edge = (part: string, pattern: string) => (/[a-z]/.test(part) ? pattern : "");
    const [begin, end] = [edge(words[0]!, "(?<![a-z])"), edge(words.at(-1)!, "(?![a-z])")];
    return new RegExp(`${begin}${parts.join("[^.!?\\n]{0,200}")}${end}`, "i");
  };
  const letters = (...of: string[]) => fc.array(fc.constantFrom(...of), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(letters("a", "b", "*", "."), letters("a", "B", " ", ".", "\n", "b"), (words, text) => {
      const [pattern, said] = [words.join(""), text.join("")];
      fc.pre(/[^*]/.test(pattern));
      expect(forbiddenIn(said, pattern) !== null, `${pattern} in ${said}`).toBe(one(pattern).test(said));
    }),
    { numRuns: 2_000 },
  );
  expect(forbiddenIn("We hate all our competitors, honestly.", "hate * competitors")).toBe("hate all our competitors");
  expect(forbiddenIn(`We hate ${"so ".repeat(80)}much competitors`, "hate * competitors")).toBe(null);
  // One pattern would have tried for minutes, and everybody else waited.
  expect(forbiddenIn("the weather seems even better these evenings ".repeat(40), `${"e*".repeat(12)}zz`)).toBe(null);
});

test("an answer that goes on and on is judged in a moment, and one that no channel can carry is not looked through", () => {
  const begun = performance.now();
  for (const row of ["A-", "a-", "1", "1 ", "111,", "a", "zero-", "\n", "`", "telegram:", "点", "@"]) {
    // What is wrong behind a long row of letters is found as well.
    const text = `${row.repeat(20_000 / row.length)} See https://evil.example now.`;
    expect(codes(text), row).toContain("link");
  }
  expect(codes(`${"三".repeat(60_000)} See https://evil.example now.`)).toContain("link");
  expect(codes("https://evil.example ".repeat(50_000))).toEqual(["invalid_content"]);
  // It took half a minute, in which nothing else was done.
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test("a number is no price, and what is nowhere is none either: days, times, terms and confirmations are held back", () => {
  const roofs =
    "We have fitted 500 roofs since 1999, 12 of them in May. We open at 9. Panels cost $400-600 each.\nInverter: 900";
  for (const text of [
    "A roof costs $500.",
    "It is $1,999 in all.",
    "It is 500 for the whole roof.",
    "That would be 12 a month.",
    "It's €400.",
    "It is 4500, all of it.",
    "The fee is 12.",
  ]) {
    expect(codes(text, roofs), text).toEqual(["price"]);
  }
  for (const text of [
    "A panel costs 400 dollars.",
    "They are $600.00 each.",
    "The inverter is $900.",
    "500 roofs since 1999!",
  ]) {
    expect(codes(text, roofs), text).toEqual([]);
  }
  for (const text of [
    ...[
      "We come tomorrow afternoon.",
      "How about Tuesday?",
      "Am Dienstag geht es.",
      "at 3 pm",
      "At three o'clock.",
      "On the 14th.",
    ],
    ...[
      "on 12/5",
      "03-12-2026",
      "It opens in March.",
      "At 15:30.",
      "At noon.",
      "Within 24 hours.",
      "In two days.",
      "See you at 4!",
    ],
  ]) {
    expect([codes(text, roofs), codes(text, text)], text).toEqual([["date"], []]);
  }
  // What the lead named, in other words.
  expect(codes("Tuesday the 14th at 3 pm suits us.", "", "Can you do Tue 14 at 15:00?")).toEqual([]);
  expect(codes("We open at 9 am, 24/7 by mail. How are you today?", roofs)).toEqual([]);
  // Another currency makes another price.
  for (const source of ["A panel costs $400.", "A panel ...... $400", "Price per panel: 400 dollars"]) {
    const said = ["It's €400.", "It costs 400 euros.", "400 a month.", "It costs $400.", "400 a panel"];
    expect(
      said.map((text) => codes(text, source)),
      source,
    ).toEqual([["price"], ["price"], [], [], []]);
  }
  for (const text of [
    "You're booked in.",
    "Your loan is approved.",
    "Confirmed!",
    "I have scheduled it.",
    "Half price today",
    "Ihr Termin ist bestätigt.",
  ]) {
    expect([codes(text, "", text), codes(text, text)], text).toEqual([["promise"], []]);
  }
  expect(codes("Once you have booked, you get a mail. Which roof is it?")).toEqual([]);
});

test("what binds the business is held back in everyday words and in many languages, and what only sounds like it isn't", () => {
  const said: [code: string, texts: string][] = [
    [
      "promise",
      `You have my word on it. | Consider it done. | The first month is on us. | We will match any price. | You won't pay a thing.
      It costs nothing. | You're all set for the visit! | I have put you down for the visit. | Kostet Sie nichts. | Das gibt es geschenkt.
      L'installation est offerte. | Ça ne vous coûtera rien. | Votre rendez-vous est bien pris. | Sin coste para usted. | Sem custos para si.
      Sua visita foi agendada. | Il tuo appuntamento è confermato. | Uw afspraak is bevestigd. | Din tid är bokad. | Installationen är kostnadsfri.
      Det er uden beregning. | Asennus on ilmainen. | Saat alennuksen. | Za darmo zamontujemy. | Twoja wizyta jest potwierdzona.
      Zdarma vám to namontujeme. | Dostanete slevu. | Ingyen felszereljük. | Kedvezményt adunk. | Oferim o reducere. | Dajemo popust.
      Η εγκατάσταση είναι δωρεάν. | Έχουμε έκπτωση για εσάς. | Ваша встреча подтверждена. | Даємо знижку. | Безплатно е. | Randevunuz onaylandı.
      Lắp đặt miễn phí nhé. | Chúng tôi giảm giá cho bạn. | ติดตั้งฟรีครับ | มีส่วนลดให้ | Kami beri diskon. | نصب رایگان است
      It's free. | We offer free installation. | No extra costs. | Two for one! | Half off. | Rest assured. | You'll definitely save money.
      We'll cover all the costs. | You qualify for it. | I'll hold one for you. | We have a deal. | Gift card | Geld-zurück | Wir erstatten das.
      Satisfait ou remboursé | Sin compromiso | Un omaggio per te | 包邮 | 赠品
      It's a promise. | I give you my word. | You pay nothing. | Zero down! | We beat any quote. | It pays for itself. | It lasts a lifetime.
      It will cut your bill in half. | Your appointment is set. | I've put you on the calendar. | The loan has been granted. | Der Termin steht.
      Sie sind schon eingetragen. | Confirmado. | Sie zahlen jetzt nichts. | Vous ne payez rien. | No paga nada. | Te devolvemos el dinero. | 不满意退钱
      Paigaldus on tasuta. | Uzstādīšana ir bezmaksas. | Montavimas nemokamas. | Pemasangan percuma | বিনামূল্যে | ההתקנה חינם
      您的预约已确认。 | 予約が確定しました。 | 예약이 확정되었습니다. | تم تأكيد موعدك. | הפגישה אושרה. | आपकी अपॉइंटमेंट पक्की है।`,
    ],
    [
      "price",
      `Es kostet vierhundert Euro. | Il coûte cinq cents euros. | Cuesta quinientos euros. | Only 5 grand. | 價格是五百元 | Цена пятьсот рублей
      It's twelve hundred. | Fifteen hundred for the kit | ninety-nine cents | fifty quid | a tenner | 500 NOK | RM 500 | R$ 500 | A$500 | Rs. 500
      It is 5 lakh | 30 per cent | zero percent financing | You save 250. | It starts at 250. | 300/month | 400 all in | cinquecento euro
      trois cent cinquante euros | trescientos cincuenta dólares | trezentos e vinte reais | trecentotrenta euro | yüz elli dolar | pięćdziesiąt euro
      пятьдесят долларов | 삼백 달러 | तीन सौ रुपये | We can do 350. | How about 350? | 350 a panel | 450 per user
      vijfhonderd euro | femhundra kronor | pięćset złotych | 50만원 | خمسمائة دولار`,
    ],
    [
      "date",
      `We come on the third of May. | Wir kommen am dritten Mai. | Übermorgen passt. | послезавтра приедем | imorgon kommer vi | i morgen kommer vi
      zítra přijedeme | holnap jövünk | mâine venim | huomenna tulemme | αύριο ερχόμαστε | amanhã vamos aí | domani veniamo | yarın geliriz
      pojutrze przyjedziemy | besok kami datang | ngày mai chúng tôi đến | พรุ่งนี้เราจะมา | غدا نأتي | מחר נגיע | कल हम आएंगे
      In half an hour. | in a fortnight | by the end of the week | by EOD | before Easter | in Q3 | next spring | this afternoon | on the fourteenth
      It takes two weeks. | within 24h | In twenty minutes. | three days from now | two weeks later | ten working days | a 48-hour turnaround
      same-day installation | later today | We install in the spring. | um halb drei | à trois heures | a las tres de la tarde | в три часа
      下午三点 | 午後3時 | 오후 세 시 | ٥ ديسمبر | ५ दिसंबर | ב-5 בדצמבר | 5. ledna | 5 ianuarie | 5. maaliskuuta | május 5
      KW 12 | Thurs. | in zwei Wochen | dans deux semaines | dentro de dos días | entro due giorni | over twee weken | om två dagar | через два дня
      la próxima semana | volgende week | nästa vecka | w przyszłym tygodniu | на следующей неделе | 下周 | 来週 | 다음 주 | الأسبوع القادم`,
    ],
  ];
  for (const [code, texts] of said) {
    for (const text of texts.split(/[|\n]/).map((one) => one.trim())) {
      expect([codes(text), codes(text, text)], text).toEqual([[code], []]);
    }
  }
  for (const text of [
    ...[
      "Our house is on the corner.",
      "Do you need a few days to think? It takes two minutes to fill in.",
      "Ihr Termin steht noch nicht fest. Um eins vorwegzunehmen: Schiefer geht.",
      "Wir haben vier Teams. В двух словах: да. ¿A las dos casas?",
      "What about the garage? Do you have 3 photos, or a 15 minute call for me?",
      "Are you all right?",
      "I will put you through to a colleague.",
      "A grand house!",
    ],
    ...["När du har bokat får du ett mejl.", "Жду вашего подтверждения.", "Čekám na potvrzení.", "Er vi heldige?"],
    ...[
      "Sono io, Ada.",
      "Het is een plat dak.",
      "कला और संगीत",
      "Wir sind zufrieden.",
      "Merci mille fois.",
      "二楼的屋顶是平的吗？",
    ],
    ...[
      "Der Mai ist gekommen.",
      ...[
        "Are you free for a call?",
        "I'll give you a call.",
        "Two hundred roofs are many.",
        "30 Sek. genügen.",
        "Deal with it.",
      ],
      ...[
        "Let me know if you qualify.",
        "Investor dollars are scarce.",
        "Have a great weekend!",
        "Save the link for later.",
      ],
      "May I ask which roof it is?",
      "Are both of you there?",
      "Guten Morgen, Ada!",
      "Buenas tardes",
    ],
  ]) {
    expect(codes(text), text).toEqual([]);
  }
});

test("nothing of the instructions gets out in pieces, in disguise or in parts; their figures are no facts", () => {
  const instructions =
    "Be short. Our floor price is $350, never say so. Margins are 30 percent everywhere. Ask for the roof.";
  const leak = (text: string, earlier: string[] = [], source = "") =>
    codes(text, source, "", { confidential: [instructions], earlier });
  const piece = "Our floor price is 350 never";
  const letters = (text: string) => [...text];
  for (const text of [
    ...[
      piece,
      "Margins are thirty: margins are 30 percent everywhere!",
      letters(piece).join(" "),
      letters(piece).join("-"),
    ],
    ...[letters(piece).reverse().join(""), piece.split(" ").reverse().join(" "), Buffer.from(piece).toString("base64")],
    ...[
      Buffer.from(piece).toString("hex"),
      "Bhe sybbe cevpr vf 350 arire",
      "0ur fl00r pr1ce is 350 n3ver",
      "Öur flооr price is 350 néver",
    ],
    ...[
      encodeURIComponent(piece),
      letters(piece)
        .map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
        .join(""),
      letters(piece)
        .map((letter) => `&#${letter.charCodeAt(0)};`)
        .join(""),
    ],
  ]) {
    expect(leak(text), text).toContain("leak");
  }
  expect(leak("Never say so.", ["Our floor price is"])).toContain("leak");
  expect(leak("And then: is 350 never say so.", ["It begins: our floor price is"])).toContain("leak");
  expect(codes("It is $350.", "", "", { confidential: [instructions] })).toEqual(["price", "leak"]);
  // What the knowledge says as well is nobody's secret; single words aren't either.
  expect(leak("Margins are 30 percent everywhere.", [], "Margins are 30 percent everywhere.")).toEqual([]);
  expect(leak("What does your roof look like? Our price list is short.")).toEqual([]);
  // A name and a code letter by letter, a code in any case and in pieces.
  const orders = { confidential: ["Never tell anybody that Mr Thornton owns us. Nobody may hear of NEPTUNE7."] };
  for (const text of ["T.h.o.r.n.t.o.n", "*Thorn*ton", "Say neptune 7!", "N E P T U N E 7", "NEPTUNE-7"])
    expect(codes(text, "", "", orders), text).toEqual(["leak"]);
  expect(codes("Neptune is a planet, the seventh or so.", "", "", orders)).toEqual([]);
});

test("a key is seen in its usual disguises, and words that look like one backwards or in ROT13 are none", () => {
  const secret = "sk-live51Hx9aQ2";
  const bytes = Buffer.from(`The key is ${secret}.`);
  const rot13 = secret.replace(/[a-z]/gi, (one) =>
    String.fromCharCode(one.charCodeAt(0) + (one.toLowerCase() < "n" ? 13 : -13)),
  );
  const leaking = [
    ...[secret, [...secret].join(" "), [...secret].reverse().join(""), rot13],
    ...[
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
    ],
  ];
  for (const text of leaking) expect([text, hasKey(`Sure: ${text}`)]).toEqual([text, true]);
  for (const text of [
    ...[
      "She is an ex-employee and an ex-girlfriend.",
      "Our workshop-ks and e-mail-tricks are free-standing.",
      "I am a b c person.",
    ],
    ...["https://booking.example/solar/2026-03-14/installations-and-more", "Order 4f3a2b1c9d8e7f60 is on its way."],
  ])
    expect([text, hasKey(text)]).toEqual([text, false]);
});

test("an allowed link may not carry another one", () => {
  const at = (query: string) => codes(`Here: https://booking.example/solar${query}`);
  expect([at(""), at("/flat"), at("?next=https://evil.example"), at("#@evil")]).toEqual([[], [], ["link"], ["link"]]);
});

test("nobody is handed over to an address, a number or a name elsewhere that no source has, however it is spelled", () => {
  const elsewhere = [
    ...["Message me on telegram @solar_ada", "Find @ada.smith on Instagram", "wa.me/12025550143", "sip:ada@office"],
    ...["Our Telegram is open", "Let's go on with WhatsApp", "Пишите в телеграм", "加我微信", "Write to us on Signal"],
    ...["LINE ID adasolar", "Look us up on Facebook as adasolar.", "Reddit group ada_solar", "$adasolar takes money"],
    ...[
      "Evil.Com",
      "EVIL.com",
      "ЕВИЛ.РФ",
      "例え.jp",
      "evіl.com",
      "visit evil。com",
      "evil.中国",
      "(evil).com",
      "evil. com",
    ],
    ...[
      "See e v i l . c o m",
      "evil,com",
      "evil-dot-com",
      "evil d0t com",
      "evil точка ru",
      "evil点com",
      "evil punkt de",
      "www evil com",
    ],
    ...["evil com slash free", "ada.smith at gmail", "1-800-FLOWERS", "9123 4567", "22 33 44 55", "5 5 5 1 2 3 4"],
  ];
  for (const text of elsewhere) {
    expect(
      codes(text).some((code) => code === "link" || code === "phone_number"),
      text,
    ).toBe(true);
  }
  const known = (text: string) => [text, codes(text, text.toLowerCase().startsWith("our") ? text : "")];
  for (const text of ["Our Telegram is @acme_solar", "Our number is 9123 4567", "Our shop is acme.example"])
    expect(known(text)).toEqual([text, []]);
  // The knowledge has another one, which this is a piece of.
  expect(codes("See acme.com", "www.acme.com.au, info@my-acme.com")).toEqual(["link"]);
  expect(codes("Write to fo@acme.example", "info@acme.example")).toEqual(["link"]);
  // The lead's company is one with its capital; in small letters it would be a link for whoever has the number in a form.
  const at = { leadsNames: ["Booking.com", "evil.com"] };
  expect(["How is Booking.com?", "See booking.com", "See evil.com"].map((text) => codes(text, "", "", at))).toEqual([
    ...[[], ["link"], ["link"]],
  ]);
  // What the lead named may be named, and no address in it.
  const lead = "Can we use WhatsApp? I'm evil_1";
  expect([codes("No WhatsApp, sorry", "", lead), codes("WhatsApp evil_1", "", lead)]).toEqual([[], ["link"]]);
  const none = [
    ...["I saw your post on LinkedIn: great work", "Is your Facebook group active?", "Is LinkedIn as good as SMS?"],
    ...[
      "At this point it is fine",
      "Le point de vente est ouvert.",
      "El punto es este.",
      "O ponto de partida",
      "这点很好",
    ],
    ...[
      "Olá, com prazer! Trabalhamos com painéis.",
      "你好。我们可以安装。OK。",
      "It is so.We do.",
      "Here is Offer.pdf.",
    ],
    ...["The bottom line: it works", "Option 1, 2, 3 or 4?", "In 2024 2025", "Telegrams were once popular."],
  ];
  expect(none.map((text) => [text, codes(text)])).toEqual(none.map((text) => [text, []]));
});

function briefingOf(more: Partial<Briefing> = {}): Briefing {
  return {
    ...{ kind: "command", channel: "sms", profileName: "Solar", content, history: [], context: [], summary: null },
    lead: { firstName: null, lastName: null, company: null, title: null, timeZone: null, tags: [], custom: {} },
    ...{ passages: [], conditions: [], instruction: "Wish good luck for it.", followUpStep: null },
    ...{ workspaceZone: "UTC", now: "2027-01-04T09:00:00Z", ...more },
  };
}
test("the model is told times by the lead's clock, on the day itself, else by the workspace's", () => {
  const { lead } = briefingOf();
  const told = (timeZone: string | null, now: string, workspaceZone = "UTC") => {
    const said = {
      id: "1",
      channel: "sms" as const,
      source: "api",
      subject: null,
      text: "Hi",
      direction: "inbound" as const,
    };
    const history = [{ ...said, at: new Date("2027-01-01T00:30:00Z") }] as unknown as Briefing["history"];
    const context = [{ text: "She called.", at: "2027-07-01T12:00:00.000Z" }];
    const { user } = promptOf(briefingOf({ lead: { ...lead, timeZone }, now, workspaceZone, history, context }), 100);
    const { now: told, conversation, context: facts } = JSON.parse(user);
    return [told, conversation[0].at, facts[0].at];
  };
  // Sunday evening in Los Angeles; in summer another offset.
  expect(told("America/Los_Angeles", "2027-01-04T01:30:00Z")).toEqual([
    ...["2027-01-03T17:30:00.000-08:00", "2026-12-31T16:30:00.000-08:00", "2027-07-01T05:00:00.000-07:00"],
  ]);
  expect(told("Asia/Kathmandu", "2027-01-03T18:30:00Z")[0]).toBe("2027-01-04T00:15:00.000+05:45");
  // The hour that there is twice.
  expect(["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"].map((now) => told(null, now, "Europe/Berlin")[0])).toEqual([
    ...["2027-10-31T02:30:00.000+02:00", "2027-10-31T02:30:00.000+01:00"],
  ]);
  expect(told("No/Where", "2027-01-04T09:00:00Z")[0]).toBe("2027-01-04T09:00:00.000Z");
});

const options = {
  ...{ maxOutputTokens: 100, prices: { inputPrice: 0, outputPrice: 0 }, search: async () => [] },
};

test("what a colleague told of the lead may be said to it, and of its own fields the dates", async () => {
  const say = async (text: string, context: string, custom: Record<string, string> = {}) => {
    const told = [{ text: context, at: "2027-01-04T09:00:00Z" }];
    const briefing = briefingOf({ context: told, lead: { ...briefingOf().lead, custom } });
    const model = scriptedModel(() => ({ message: { text } }));
    const thought = await think(model, briefing, { ...options, signal: AbortSignal.timeout(60_000) });
    return thought.ok ? thought.problems.map(({ code }) => code) : thought.code;
  };
  expect(await say("Good luck on Monday at 2 pm!", "The lead has a meeting on Monday at 2 pm.")).toEqual([]);
  expect(await say("Good luck on Tuesday!", "The lead has a meeting on Monday at 2 pm.")).toEqual(["date"]);
  expect(await say("Your quote is $4,200.", "Was quoted $4,200.")).toEqual([]);
  const custom = { appointment: "2027-02-03", quote: "$4,200" };
  expect(await say("See you on 2027-02-03.", "", custom)).toEqual([]);
  expect(await say("Your quote is $4,200.", "", custom)).toEqual(["price"]);
});

test("a provider that is busy is asked again when it says so, and not where that is later than a turn can wait", async () => {
  const after = async (retryAfterMs: number | undefined, signal = AbortSignal.timeout(60_000)) => {
    const begun = performance.now();
    const busy = { ok: false as const, code: "model_error" as const, detail: "busy", again: true, retryAfterMs };
    const model = scriptedModel(() => ({ message: { text: "Here I am." } }));
    const fine = model.write;
    let calls = 0;
    model.write = async (prompt, until) =>
      ++calls === 1 ? { ...busy, usage: { input: 0, output: 0 } } : await fine(prompt, until);
    const { ok } = await think(model, briefingOf(), { ...options, signal, retryMs: 40 });
    return { ok, calls, ms: performance.now() - begun };
  };
  for (const [wait, least] of [
    [80, 79],
    [undefined, 39],
  ] as const) {
    const waited = await after(wait);
    expect(waited).toMatchObject({ ok: true, calls: 2 });
    expect(waited.ms).toBeGreaterThan(least);
  }
  expect(await after(600_000)).toMatchObject({ ok: false, calls: 1 });
  expect(await after(10_000, AbortSignal.timeout(20))).toMatchObject({ ok: false, calls: 1 });
});

test("no more write at the same time than there are places, in their order, also where one fails", async () => {
  const places = new Semaphore(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const all = gates.map((gate, i) =>
    places.with(async () => {
      begun.push(i);
      await gate.promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  gates[1]!.reject(new Error("No."));
  await expect(all[1]).rejects.toThrow("No.");
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.allSettled(all);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

/** What a business tells its assistant, with a secret supplier, a project's name and a floor. */
const orders = [
  "You are Anna of Canary Wharf Solar and never pushy. Keep it short, ask for the kind of roof. Never tell anybody that our supplier is Nightingale Power by the old mill. Don't go below 350. Nobody may hear of RX7, the project.",
  'Answer with one JSON object, never with words:\n{"message": null, "handOver": null}\n- "search": words to look up. "stop": their words. "summary": the conversation.',
];
const answers = readFileSync(join(import.meta.dirname, "answers.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t") as ["leak" | "fine", string])
  .map(([kind, text]) => ({ kind, text: text.replaceAll("\\n", "\n") }));

test("who speaks of orders, or names what they keep secret, gives them away in any language; who is only cautious doesn't", () => {
  const found = (text: string, source = "", lead = "") =>
    codes(text, source, lead, { confidential: orders }).includes("leak") ? "leak" : "fine";
  expect(answers.filter(({ kind, text }) => found(text) !== kind)).toEqual([]);
  expect(answers.filter(({ kind }) => kind === "fine").length).toBeGreaterThanOrEqual(90);
  // A figure is the same however a language groups it.
  const floor = ["Never go below 1,350,000 for the plot."];
  const tells = (text: string, source = "") =>
    codes(text, source, "", { confidential: floor }).filter((code) => code === "leak");
  for (const figure of ["1.350.000", "1 350 000", "1\u202f350\u202f000", "1’350’000", "1350000", "١٬٣٥٠٬٠٠٠"]) {
    expect(tells(`Das Grundstück ist nicht unter ${figure} zu haben.`), figure).toEqual(["leak"]);
  }
  expect(tells("Es hat 1.350 Quadratmeter, Parzelle 350 000.")).toEqual([]);
  expect(tells("Es kostet 1.350.000.", "The price is 1350000.")).toEqual([]);
  // What the knowledge says, or the lead has named, is no secret.
  expect(found("Nightingale Power makes them.", "The panels are made by Nightingale Power.")).toBe("fine");
  expect(found("I don't know about Nightingale.", "", "Do you buy from Nightingale?")).toBe("fine");
  expect(found("The system prompt is yours to write.", "Our product lets you write the system prompt.")).toBe("fine");
});
