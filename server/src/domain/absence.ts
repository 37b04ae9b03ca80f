import * as words from "./absence-words.ts";
import { dayMs, dayOf, weekdayOf } from "./schedule/local-date.ts";

/**
 * When somebody is back, as their absence note says it, in the languages of `absence-words.ts`.
 *
 * A note says it in one of two ways: when its author is back ("back on December 7"), or until when they are away ("until
 * December 4", "from 1 to 4 December"), which is taken for the whole of that day, as a day late does less harm than one early. A
 * date without either word beside it is not believed: notes name the days of trade fairs, too.
 */

/** A year from the note on; what is later is a mistake, or a year was misread. */
const longestDays = 366;
/** A date without a year is the next such one; one that is nearly a year away was meant to be over. */
const longestWithoutYear = 300;
const mostCharacters = 3_000;
/** What has more is a calendar, and no note. Each costs up to a millisecond. */
const mostDates = 50;

const { letter, months, weekdays, easternWeekdays } = words;
const longestFirst = (names: Iterable<string>) => [...names].sort((a, b) => b.length - a.length).join("|");
const month = longestFirst(months.keys());
const weekday = longestFirst(weekdays.keys());
const shortWeekday = "mon|tues?|wed|thurs?|thu|fri|sat|sun|mo|di|mi|do(?=[.,])|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim";

const eastern = [...easternWeekdays.keys()].join("");
/** As it stands behind a date: 12月7日(月), 12월 7일 월요일. */
const easternDay = `(?: ?(?:\\([^()\\n]{1,8}\\)|[${eastern}](?:曜日?|요일)|(?:星期|周|週|礼拜)[${eastern}]))?`;

const dates = new RegExp(
  [
    // "Monday, the": belongs to the date behind it.
    `(?<![${letter}\\d])(?:(?:${weekday}|${shortWeekday})\\.?,? {1,2}(?:(?:the|den|dem|d\\.?|le|el|il|de|dia) )?)?(?:`,
    "(?<iy>20\\d\\d)(?:-|\\/|\\. ?)(?<im>\\d{1,2})(?:-|\\/|\\. ?)(?<id>\\d{1,2})(?!\\d)",
    `|(?<nd>\\d{1,2})(?:st|nd|rd|th|er|\\.|:[ae]|o|a|η|-?(?:го|е))?,?(?: of| de| di| do| ב)? ?(?<nm>${month})(?![${letter}])\\.?,?(?: (?:de |del )?(?<ny>20\\d\\d))?`,
    // "December 5-9": its last day.
    `|(?<mm>${month})\\.? (?<md>\\d{1,2})(?:st|nd|rd|th)?(?: ?(?:-|to|through|until) ?(?<me>\\d{1,2})(?:st|nd|rd|th)?)?(?!\\d|[:.]\\d)(?:,? (?<my>20\\d\\d))?`,
    // "12.04-ig": Hungarians write the month first.
    `|(?<hm>\\d{1,2})\\.(?<hd>\\d{1,2})\\.?(?=-[${letter}])`,
    "|(?<a>\\d{1,2})(?<sep>[./-])(?<b>\\d{1,2})(?:\\k<sep>(?<y>(?:20)?\\d\\d)(?!\\d)|\\.(?! ?\\d)|(?=[^\\d./-]|$))",
    ")",
    // Without spaces around it; "12月1日~4日" is its last day, too.
    "|(?<!\\d)(?:(?<ey>20\\d\\d) ?[年년] ?)?(?<em>\\d{1,2}) ?[月월] ?(?<ed>\\d{1,2}) ?[日号號일]",
    `${easternDay}(?: ?(?:[-~〜]|から|부터|至|到) ?(?<ee>\\d{1,2}) ?[日号號일]${easternDay})?`,
    `|(?<![${letter}\\d])(?:`,
    `(?<!\\d )(?<wd>${weekday})`,
    "|(?<tomorrow>tomorrow|morgen|demain|manana|domani|amanha)",
    "|(?<week>next week|nachste(?:r|n)? woche|la semaine prochaine|la proxima semana|la semana que viene|la prossima settimana|volgende week|na proxima semana)",
    `)(?![${letter}])`,
    `|(?<ew>[${eastern}])(?:曜日|요일)|(?:星期|周|週|礼拜)(?<cw>[${eastern}])`,
  ].join(""),
  "g",
);

const begins = `(?<![${letter}\\d])`;
const ends = `(?![${letter}\\d])`;
/** Before the date: from then on they are back. */
const backBefore = new RegExp(`${begins}(?:${words.back}|${words.backBefore})${ends}|${words.easternBack}`);
/** After it, where the verb stands at the end. */
const backAfter = new RegExp(
  `^[^.!?\\n。]{0,40}?(?:${begins}(?:${words.back})${ends}|${words.easternBack})|^,? (?:i |we )?(?:will |'ll )?(?:be |am |are )?(?:back|return)\\b`,
);
/** Right before it: the last day. */
const untilBefore = new RegExp(
  `(?:${begins}(?:${words.until})|[-–—~〜]|[至到])(?:\\s+(?:${words.untilFiller})){0,3}\\s*$`,
);
const untilAfter = new RegExp(words.untilAfter);
const betweenBefore = new RegExp(`${words.between}(?: (?:${words.untilFiller}))?\\s*$`);
/** A weekday right behind a date is that date's. */
const belongs = /^(?:-?[a-z]{1,3})?[\s,(]{0,3}$/;

/**
 * The day on which they are back, in days since 1970; null: the note doesn't say, or says what can't be.
 * @param sentAt Unix milliseconds.
 */
export function backOn(note: string, sentAt: number): number | null {
  const text = withThursdays(plain(note));
  const today = dayOf(sentAt);
  const found = [...text.matchAll(dates)].slice(0, mostDates);
  const back: number[] = [];
  const last: number[] = [];
  let previousEnd = 0;
  for (const [n, match] of found.entries()) {
    const start = match.index;
    const previous = previousEnd;
    previousEnd = start + match[0].length;
    const isWeekday = match.groups!.wd !== undefined;
    if (isWeekday && n > 0 && belongs.test(text.slice(previous, start))) continue;
    const day = dayIn(match.groups!, today);
    if (day === null) continue;
    const before = text.slice(previous, start).slice(-80);
    const next = found[n + 1];
    const weekdayBehind = next?.groups?.wd !== undefined && belongs.test(text.slice(previousEnd, next.index));
    const end = weekdayBehind ? next.index + next[0].length : previousEnd;
    const after = text.slice(end, found[weekdayBehind ? n + 2 : n + 1]?.index).slice(0, 60);
    const sentence = before.slice(
      Math.max(...[...before.matchAll(/[!?;\n。]|\.\s/g)].map(({ index }) => index + 1), 0),
    );
    const { me, ee } = match.groups!;
    if (backBefore.test(sentence)) back.push(day);
    else if (me !== undefined || ee !== undefined || untilBefore.test(before) || untilAfter.test(after)) last.push(day);
    else if (betweenBefore.test(text.slice(Math.max(0, start - 80), start))) last.push(day);
    else if (backAfter.test(after)) back.push(day);
  }
  // What is said twice, in two languages, is the same day; of several the latest.
  if (back.length > 0) return Math.max(...back);
  return last.length > 0 ? Math.max(...last) + 1 : null;
}

/** In lower case, without accents, in letters of usual width, and on one line but for paragraphs. */
function plain(note: string): string {
  return (
    note
      .slice(0, mostCharacters)
      .toLowerCase()
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      // Syllables of Korean again.
      .normalize("NFC")
      .replaceAll("ß", "ss")
      .replace(/[łøıđ]/g, (letter) => strokeless[letter]!)
      .replaceAll("’", "'")
      .replace(/[–—]/g, "-")
      .replace(/\r/g, "")
      .replace(/[^\S\n]+/g, " ")
      .replace(/ ?\n ?/g, "\n")
      .replace(/(?<!\n)\n(?!\n)/g, " ")
  );
}

/** In German "Do 4.12." is a Thursday; in Slavic languages it is a last day. */
const withThursdays = (text: string) =>
  /\b(?:ich|bin|wir|sind|und)\b/.test(text) ? text.replace(/(?<![a-z\d])do (?=\d)/g, "do. ") : text;

const strokeless: Readonly<Record<string, string>> = { ł: "l", ø: "o", ı: "i", đ: "d" };

function dayIn(of: Readonly<Record<string, string | undefined>>, today: number): number | null {
  if (of.tomorrow !== undefined) return today + 1;
  if (of.week !== undefined) return nextWeekday(today, 1);
  if (of.wd !== undefined) return nextWeekday(today, weekdays.get(of.wd)!);
  const sign = of.ew ?? of.cw;
  if (sign !== undefined) return nextWeekday(today, easternWeekdays.get(sign)!);
  if (of.em !== undefined) return within(today, [of.ey, of.em, of.ee ?? of.ed]);
  if (of.hm !== undefined) return within(today, [undefined, of.hm, of.hd]);
  if (of.iy !== undefined) return within(today, [of.iy, of.im, of.id]);
  if (of.nm !== undefined) return within(today, [of.ny, months.get(of.nm), of.nd]);
  if (of.mm !== undefined) return within(today, [of.my, months.get(of.mm), of.me ?? of.md]);
  // 5/12 is December here and May there; the nearer one is meant. With dots the day comes first everywhere.
  const dayFirst = within(today, [of.y, of.b, of.a]);
  const monthFirst = of.sep === "/" ? within(today, [of.y, of.a, of.b]) : null;
  if (dayFirst === null || monthFirst === null) return dayFirst ?? monthFirst;
  return Math.min(dayFirst, monthFirst);
}

type Given = string | number | undefined;

/** The day that it is, if it lies after today, and not too far. */
function within(today: number, [year, month, day]: readonly [Given, Given, Given]): number | null {
  const [m, d] = [Number(month), Number(day)];
  const of = (y: number) => {
    const at = Date.UTC(y, m - 1, d);
    const date = new Date(at);
    return date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? dayOf(at) : null;
  };
  if (year !== undefined) {
    const found = of((Number(year) % 2_000) + 2_000);
    return found !== null && found > today && found <= today + longestDays ? found : null;
  }
  const thisYear = new Date(today * dayMs).getUTCFullYear();
  for (const y of [thisYear, thisYear + 1]) {
    const found = of(y);
    if (found !== null && found > today) return found <= today + longestWithoutYear ? found : null;
  }
  return null;
}

function nextWeekday(today: number, wanted: number): number {
  return today + (((wanted - weekdayOf(today) + 6) % 7) + 1);
}
