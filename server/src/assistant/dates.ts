import { simple } from "./readable.ts";

/** Days, times and terms that an answer names, and that are neither in the sources nor in what the lead wrote. */

const months =
  "(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|fevrier|mar(?:ch|s|zo)?|märz|apr(?:il)?|avril|may|mai|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre)?|okt(?:ober)?|octubre|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|décembre|diciembre)";
/** Words for days that are nothing else. */
const days =
  "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)-feira|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|poniedziałek|wtorek|środ[aęy]|czwartek|piątek|sobot[aęy]|niedziel[aęi]|понедельник|вторник|сред[ауы]|четверг|пятниц[ауы]|суббот[ауы]|воскресенье|tues|weds|thurs|tomorrow|tonight|demain|mañana|завтра|послезавтра|übermorgen|overmorgen|i ?morgon|övermorgon|i morgen|i overmorgen|dopodomani|domani|amanhã|jutro|pojutrze|zítra|pozítří|zajtra|holnap|holnapután|mâine|poimâine|huomenna|ylihuomenna|αύριο|μεθαύριο|утре|післязавтра|yarın|besok|lusa|ngày mai|غدا|غدًا|بعد غد|فردا|מחר|מחרתיים";
const shortDays = "mon|tues?|wed|thu(?:rs)?|fri|sat|sun|today|morgen|heute";
const few =
  "(?:\\d+|half an|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty-?five|sixty|ninety|several|a few|a couple of|under an?|less than an?)";
const month =
  "(?:january|february|march|april|june|july|august|september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember|janvier|février|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|abril|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)";

/** Clock times in the words of other languages. */
const numeral = {
  de: "(?:eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)",
  fr: "(?:une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze)",
  es: "(?:una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)",
  ru: "(?:час|два|три|четыре|пять|шесть|семь|восемь|девять|десять|одиннадцать|двенадцать|\\d{1,2})",
} as const;

const dates = [
  /\b\d{4}-\d{1,2}-\d{1,2}\b/g,
  /\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b/g,
  new RegExp(`\\b${months}\\.?\\s+\\d{1,2}(?:st|nd|rd|th)?\\b`, "gi"),
  new RegExp(`\\b\\d{1,2}(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+|de\\s+)?${months}\\b`, "gi"),
  new RegExp(
    `(?<!\\p{L})(?:${days}|${shortDays}),?\\s+(?:at|um|à|a las|@)?\\s*\\d{1,2}(?::\\d{2})?\\s*(?:am|pm|uhr|h)?\\b`,
    "giu",
  ),
  /\d{1,2}\s?月\s?\d{1,2}\s?[日号號]/g,
  /\d{1,2}\s?월\s?\d{1,2}\s?일/g,
  /\b\d{1,2}\s+(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)\p{Ll}*/giu,
  /\b\d{1,2}\s+(?:de\s+)?(?:gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|abril|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)\b/giu,
  // Day and month alone: 12/5, am 12.5. "24/7" and halves are none.
  /(?<![\d/.])(?!24\/7|7\/7|1\/[234]\b|[23]\/[34]\b)(?:0?[1-9]|[12]\d|3[01])\/(?:0?[1-9]|[12]\d|3[01])(?![\d/])/g,
  /\b(?:am|den|dem|bis|ab|vom|zum)\s+\d{1,2}\.\d{1,2}\b/gi,
  new RegExp(
    `\\b(?:in|by|until|till|before|after|since|from|next|this|early|late|mid|im|ab|bis|seit|en|desde)[- ]${month}\\b`,
    "gi",
  ),
  /\bnext (?:week|weekend|month|year|quarter)\b|\bnächste\w* (?:woche|monat|jahr)\b|\b(?:la semaine|le mois) prochaine?\b|\b(?:la semana|el mes) que viene\b|\b(?:la |na )?pr[oó]xim[oa] (?:semana|m[eê]s)\b|\bsemana que vem\b|\bla prossima settimana\b|\bvolgende (?:week|maand)\b|\b(?:nästa vecka|neste uke|næste uge)\b|gelecek hafta|önümüzdeki hafta/gi,
  /(?<!\p{L})(?:w przyszłym (?:tygodniu|miesiącu)|příští týden|на следующей неделе|в следующем месяце|наступного тижня)(?!\p{L})|下(?:个|個)?(?:周|星期|月|礼拜)|来(?:週|月)|다음 ?[주달]|(?:الأسبوع|الشهر) (?:القادم|المقبل)|בשבוע הבא|अगले (?:हफ़?्ते|सप्ताह|महीने)/giu,
  // Scripts whose words have signs that are no letters, or no blanks between them.
  /(?<![\p{L}\p{M}])(?:कल|परसों|আগামীকাল)(?![\p{L}\p{M}])|พรุ่งนี้|มะรืน/gu,
  // Days in words.
  new RegExp(`\\b(?:first|second|third|[a-z]{2,9}(?:ieth|[a-z]th)|twenty-?[a-z]{3,6}) of ${months}\\b`, "gi"),
  /(?<!\p{L})(?:am|vom|zum|bis|den|dem) \p{L}{2,14}ten (?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)(?!\p{L})/giu,
  /星期[一二三四五六日天]|周[一二三四五六日]|礼拜[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일|明天|明日|내일/g,
  // Terms.
  new RegExp(
    `\\b(?:within|in)\\s+(?:the next\\s+)?${few}\\s*(?:min(?:ute)?s?|hours?|hrs?|h|(?:business |working )?days?|weeks?|months?|years?|fortnights?)\\b`,
    "gi",
  ),
  /\b(?:innerhalb von|binnen|in)\s+(?:\d+|eine[rm]|zwei|drei|vier|fünf|sechs|zehn|wenigen)\s+(?:minuten|stunden?|(?:werk|arbeits)?tage?n?|wochen?|monate?n?)\b/giu,
  /\b(?:sous|en|dans|dentro de|em|entro|tra|fra|binnen|over|om|inom|innen|za)\s(?:\d+|une?|deux|trois|quatre|cinq|quelques|dos|tres|cuatro|cinco|dois|duas|três|due|tre|quattro|twee|drie|två|to|dwa|dwie|trzy)\s(?:heures?|jours?|semaines?|mois|horas|días|dias|semanas|meses|ore|giorni|settimane|mesi|uur|dagen|weken|dagar|timmar|veckor|dager|timer|uker|uger|dage|dni|godziny|tygodnie)(?!\p{L})/giu,
  /(?<!\p{L})(?:за|через)\s\S{1,12}\s(?:минут|час|дн|день|недел|тижн|месяц)\p{L}*|\d{1,3}\s?(?:小时|小時|天|日|个月|個月|周|週|시간|일|주|時間|日間|週間)(?:之?内|以内|後|后|이내|내|안에)/giu,
  new RegExp(
    `\\b${few}[\\s-]+(?:business |working )?(?:hours?|days?|weeks?|months?|years?)(?:\\s+(?:from now|later|from today|lead time|wait)|[\\s-]+(?:turnaround|delivery|response time))\\b`,
    "gi",
  ),
  // Minutes are what people ask of each other: "It takes two minutes to fill in."
  new RegExp(
    `\\b(?:takes?|taking|lasts?|will be|ready)\\s+(?:\\w+\\s+)?(?:only |just |about |around |roughly |up to |at most |less than |under |over )?${few}\\s+(?:(?:business|working)\\s+)?(?:days?|weeks?|months?)\\b`,
    "gi",
  ),
  new RegExp(`\\b${few}\\s+(?:business|working)[\\s-]days?\\b`, "gi"),
  /\b(?:same|next)[- ]day (?:delivery|installation|service|appointment|visit|call ?back)s?\b|\bovernight (?:delivery|shipping)\b|\blater today\b|\blater this (?:week|month|year)\b|\b(?:come|start|install|begin|deliver|finish|ready|available|done|open)\w*\b[^.!?\n]{0,30}\sin (?:the )?(?:spring|summer|autumn|winter)\b/gi,
  // Parts of a week and a year.
  /\b(?:this|next|by|before|until|till|after|over) (?:the )?(?:weekend|spring|summer|autumn|winter|christmas|easter|thanksgiving|new year)\b|\bthis (?:afternoon|evening)\b|\b(?:by|before|until) (?:the )?(?:end of (?:the |this |next )?(?:day|week|month|quarter|year)|eod|eow|cob)\b|\b(?:in|by) (?:q[1-4]|the (?:first|second|third|fourth|next) quarter)\b|\b(?:calendar week|week|kw) ?\d{1,2}\b/gi,
  /\b(?:on the |(?:january|february|march|april|june|july|august|september|october|november|december) )(?:(?:thir|four|fif|six|seven|eigh|nine)teenth|eleventh|twelfth|twentieth|twenty-\w{4,7}|thirtieth|thirty-first)\b(?! (?:floor|time|option|century|place))/gi,
  new RegExp(
    `(?<!\\p{L})(?:um|gegen) (?:halb |viertel (?:nach|vor) )?${numeral.de}(?=\\s*(?:[.,!?;)]|$|oder |und |am |bei ))`,
    "gimu",
  ),
  new RegExp(`(?<!\\p{L})à ${numeral.fr} heures?(?!\\p{L})`, "giu"),
  new RegExp(`(?<!\\p{L})a las? ${numeral.es}(?= (?:y media|de la|en punto)|\\s*(?:[.,!?;]|$))`, "gimu"),
  new RegExp(`(?<!\\p{L})в ${numeral.ru} (?:час(?:а|ов)?|дня|утра|вечера)(?!\\p{L})`, "giu"),
  /(?:上午|下午|早上|晚上|中午|傍晚)\s?[\d一二三四五六七八九十两兩]{1,3}\s?[点點时時]|午[前後]\s?[\d一二三四五六七八九十]{1,3}\s?時|오[전후]\s?(?:\d{1,2}|[가-힣]{1,3})\s?시/gu,
  // Days of months whose names no other pattern has.
  /\d{1,2}\s+(?:يناير|فبراير|مارس|[أا]بريل|مايو|يونيو|يوليو|[أا]غسطس|سبتمبر|[أا]كتوبر|نوفمبر|ديسمبر|जनवरी|फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|अक्टूबर|नवंबर|दिसंबर|ב?(?:ינואר|פברואר|מרץ|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר))/gu,
  /(?<!\p{L})\d{1,2}\.?\s+(?:ianuarie|februarie|martie|aprilie|iunie|iulie|septembrie|octombrie|noiembrie|decembrie|ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince|января|січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня|tammikuuta|helmikuuta|maaliskuuta|huhtikuuta|toukokuuta|kesäkuuta|heinäkuuta|elokuuta|syyskuuta|lokakuuta|marraskuuta|joulukuuta|Ιανουαρίου|Φεβρουαρίου|Μαρτίου|Απριλίου|Μαΐου|Ιουνίου|Ιουλίου|Αυγούστου|Σεπτεμβρίου|Οκτωβρίου|Νοεμβρίου|Δεκεμβρίου)(?!\p{L})|(?<!\p{L})(?:január|február|március|április|május|június|július|augusztus|szeptember|október|november|december) \d{1,2}(?!\d)/giu,
];
const dayNames = new RegExp(`(?<!\\p{L})(?:${days})(?!\\p{L})`, "giu");

/** "the 14th", where it is no floor and no place. */
const ordinals =
  /\b(\d{1,2})(?:st|nd|rd|th)\b(?!\s+(?:floor|time|option|century|place|step|grade|party|person|generation|anniversary))/gi;
const dayNumbers = [
  ordinals,
  new RegExp(`\\b${months}\\.?\\s+(\\d{1,2})\\b|\\b(\\d{1,2})\\.?\\s+(?:of\\s+)?${months}\\b`, "gi"),
  /\b\d{4}-\d{2}-(\d{2})\b/g,
];

const numerals = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
const hour = `(?<hour>\\d{1,2}|${numerals.join("|")})`;
const clocks = [
  new RegExp(`\\b${hour}(?:[:.h](?<minute>[0-5]\\d))?\\s?(?:[ap]\\.?m\\b\\.?|uhr\\b|o'?clock\\b)`, "gi"),
  /(?<![\d:.])(?<hour>[01]?\d|2[0-3])[:h](?<minute>[0-5]\d)(?![\d:])/gi,
  new RegExp(
    `(?<!\\p{L})(?:at|around|um|gegen|à|a las|às|alle|om)\\s+${hour}(?:[:.](?<minute>[0-5]\\d))?(?=\\s*(?:[,!?;)]|\\.(?!\\d)|$|h\\b|on\\b|in the\\b|sharp\\b|then\\b|and\\b|or\\b|it is\\b|tomorrow\\b|works\\b))`,
    "gimu",
  ),
];
const clockWords = /\b(?:noon|midnight|midday)\b|\b(?:half|quarter) (?:past|to) \w+/gi;

/** Minutes by the dial: 3 pm, 3:00 and 15:00 are one. */
const dialOf = ({ hour: hours, minute }: Record<string, string | undefined>) => {
  const named = numerals.indexOf(hours!.toLowerCase());
  return (((named < 0 ? Number(hours) : named + 1) % 12) * 60 + Number(minute ?? 0)) as number;
};

function timesIn(text: string): { words: string; dial: number }[] {
  return clocks.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ words: match[0].trim(), dial: dialOf(match.groups!) })),
  );
}

/** `sources`: what the business has said. `leadsWords`: there a number alone may be a time or a day. */
export function unknownDates(text: string, sources: string, leadsWords: string): [key: string, detail: string][] {
  const both = `${sources}\n${leadsWords}`;
  const named = dates.flatMap((pattern) => text.match(pattern) ?? []);
  const spoken = text.match(clockWords) ?? [];
  const weekdays = text.match(dayNames) ?? [];
  const days = [...text.matchAll(ordinals)];
  const times = timesIn(text);
  // Most answers name none, and the sources are long.
  if (named.length + spoken.length + weekdays.length + days.length + times.length === 0) return [];
  const said = simple(both);
  const numbers = [...leadsWords.matchAll(/\b(\d{1,2})(?:[:.]([0-5]\d))?\b/g)];
  const known = new Set([...dayNumbersIn(both), ...numbers.map(([, day]) => Number(day))]);
  const dials = new Set([
    ...timesIn(both).map(({ dial }) => dial),
    ...numbers.map(([, hours, minute]) => dialOf({ hour: hours, minute })),
  ]);
  return [
    ...[...named, ...spoken].filter((words) => !said.includes(simple(words))),
    ...weekdays.filter((words) => !namesDay(said, words)),
    ...days.filter(([, day]) => !known.has(Number(day))).map(([words]) => words),
    ...times.filter(({ dial }) => !dials.has(dial)).map(({ words }) => words),
  ].map((words) => [simple(words), `"${words}" is neither in the knowledge nor in what the lead wrote.`]);
}

/** Also as "Tue" and "Tues". */
function namesDay(said: string, words: string): boolean {
  const name = simple(words).replace(/s$/, "");
  const short = /days?$/.test(name) ? new RegExp(`\\b(?:${name.slice(0, 3)}|${name.slice(0, 4)})\\b`) : null;
  return said.includes(name) || short?.test(said) === true;
}

const dayNumbersIn = (text: string) =>
  dayNumbers.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => Number(match[1] ?? match[2])));
