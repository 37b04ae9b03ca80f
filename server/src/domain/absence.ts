import { dayMs, dayOf, weekdayOf } from "./schedule/local-date.ts";

/**
 * When somebody is back, as their absence note says it: in English, German, French, Spanish, Italian, Dutch or Portuguese.
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

/** Of each month, in lower case and without accents. Short forms that are words ("set", "out", "ago") are not among them. */
const monthNames: readonly string[] = [
  "january|januar|janvier|januari|janeiro|janner|enero|gennaio|jan|janv|ene|gen",
  "february|februar|fevrier|februari|fevereiro|febrero|febbraio|feb|fevr|fev",
  "march|marz|maerz|mars|maart|marco|marzo|mar|mrt",
  "april|avril|abril|aprile|apr|avr|abr",
  "may|mai|mei|maio|mayo|maggio",
  "june|juni|juin|junho|junio|giugno|jun|giu",
  "july|juli|juillet|julho|julio|luglio|jul|juil|lug",
  "august|aout|augustus|agosto|aug",
  "september|septembre|setembro|septiembre|settembre|sept|sep",
  "october|oktober|octobre|outubro|octubre|ottobre|oct|okt|ott",
  "november|novembre|novembro|noviembre|nov",
  "december|dezember|decembre|dezembro|diciembre|dicembre|dec|dez|dic",
];
const months = new Map(monthNames.flatMap((names, n) => names.split("|").map((name) => [name, n + 1] as const)));

/** From Sunday on, as `Date` counts. */
const weekdayNames: readonly string[] = [
  "sunday|sonntag|dimanche|domingo|domenica|zondag",
  "monday|montag|lundi|lunes|lunedi|maandag|segunda-feira|segunda",
  "tuesday|dienstag|mardi|martes|martedi|dinsdag|terca-feira",
  "wednesday|mittwoch|mercredi|miercoles|mercoledi|woensdag|quarta-feira",
  "thursday|donnerstag|jeudi|jueves|giovedi|donderdag|quinta-feira",
  "friday|freitag|vendredi|viernes|venerdi|vrijdag|sexta-feira",
  "saturday|samstag|sonnabend|samedi|sabado|sabato|zaterdag",
];
const weekdays = new Map(weekdayNames.flatMap((names, n) => names.split("|").map((name) => [name, n] as const)));

const longestFirst = (names: Iterable<string>) => [...names].sort((a, b) => b.length - a.length).join("|");
const month = longestFirst(months.keys());
const weekday = longestFirst(weekdays.keys());
const shortWeekday = "mon|tues?|wed|thurs?|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim";

const dates = new RegExp(
  [
    // "Monday, the": belongs to the date behind it.
    `(?<![\\p{L}\\d])(?:(?:${weekday}|${shortWeekday})\\.?,? {1,2}(?:(?:the|den|dem|le|el|il|de|dia) )?)?(?:`,
    "(?<iy>20\\d\\d)-(?<im>\\d\\d)-(?<id>\\d\\d)",
    `|(?<nd>\\d{1,2})(?:st|nd|rd|th|er|\\.|o|a)?,?(?: of| de| di| do)? ?(?<nm>${month})(?![\\p{L}])\\.?,?(?: (?:de |del )?(?<ny>20\\d\\d))?`,
    // "December 5-9": its last day.
    `|(?<mm>${month})\\.? (?<md>\\d{1,2})(?:st|nd|rd|th)?(?: ?(?:-|to|through|until) ?(?<me>\\d{1,2})(?:st|nd|rd|th)?)?(?![\\d:.])(?:,? (?<my>20\\d\\d))?`,
    "|(?<a>\\d{1,2})(?<sep>[./-])(?<b>\\d{1,2})(?:\\k<sep>(?<y>(?:20)?\\d\\d)(?!\\d)|\\.(?! ?\\d)|(?=[^\\d./-]|$))",
    ")",
    "|(?<![\\p{L}\\d])(?:",
    `(?<wd>${weekday})`,
    "|(?<tomorrow>tomorrow|morgen|demain|manana|domani|amanha)",
    "|(?<week>next week|nachste(?:r|n)? woche|la semaine prochaine|la proxima semana|la semana que viene|la prossima settimana|volgende week|na proxima semana)",
    ")(?![\\p{L}])",
  ].join(""),
  "gu",
);

/** Before the date: from then on they are back. */
const backBefore =
  /\b(?:back|return(?:s|ing)?|(?:available|reachable|in the office) again|resum(?:e|ing)|zuruck|wieder|de retour|retour|reviens|reviendrai|rentre|de nouveau|de vuelta|regres\w+|vuelvo|volvere|rientr\w+|torner\w+|torno|di nuovo|terug|weer|voltar\w*|volto|regress\w+|de volta|retorn\w+)\b/;
/** After it, where the verb stands at the end. */
const backAfter =
  /^[^.!?\n]{0,40}\b(?:zuruck|wieder|terug|weer)\b|^,? (?:i |we )?(?:will |'ll )?(?:be |am |are )?(?:back|return)\b/;
/** Right before it: the last day. */
const untilBefore =
  /(?:\b(?:until|till?|through|thru|to|bis|jusqu'?(?:au|a|en)?|au|hasta|al|fino|sino|a|t\/m|tot|ate|ao)|[-–—])(?:\s+(?:and including|including|(?:einschliesslich|einschl\.?|inklusive|inkl\.?|zum|en met|the|the end of|end of|le|el|al|a|o|ao|dia|den|dem))){0,3}\s*$/;

/**
 * The day on which they are back, in days since 1970; null: the note doesn't say, or says what can't be.
 * @param sentAt Unix milliseconds.
 */
export function backOn(note: string, sentAt: number): number | null {
  const text = plain(note);
  const today = dayOf(sentAt);
  const found = [...text.matchAll(dates)];
  const back: number[] = [];
  const last: number[] = [];
  for (const [n, match] of found.entries()) {
    const day = dayIn(match.groups!, today);
    if (day === null) continue;
    const previous = found[n - 1];
    const before = text.slice(previous ? previous.index + previous[0].length : 0, match.index).slice(-80);
    const end = match.index + match[0].length;
    const after = text.slice(end, found[n + 1]?.index).slice(0, 60);
    const sentence = before.slice(Math.max(...[...before.matchAll(/[!?;\n]|\.\s/g)].map(({ index }) => index + 1), 0));
    if (backBefore.test(sentence)) back.push(day);
    else if (match.groups!.me !== undefined || untilBefore.test(before)) last.push(day);
    else if (backAfter.test(after)) back.push(day);
  }
  // What is said twice, in two languages, is the same day; of several the latest.
  if (back.length > 0) return Math.max(...back);
  return last.length > 0 ? Math.max(...last) + 1 : null;
}

/** In lower case, without accents, and on one line but for paragraphs. */
function plain(note: string): string {
  return note
    .slice(0, mostCharacters)
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .replaceAll("’", "'")
    .replace(/[–—]/g, "-")
    .replace(/\r/g, "")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/(?<!\n)\n(?!\n)/g, " ");
}

function dayIn(of: Readonly<Record<string, string | undefined>>, today: number): number | null {
  if (of.tomorrow !== undefined) return today + 1;
  if (of.week !== undefined) return nextWeekday(today, 1);
  if (of.wd !== undefined) return nextWeekday(today, weekdays.get(of.wd)!);
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
