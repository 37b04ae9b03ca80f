/**
 * The words of absence notes, by which `absence.ts` reads when somebody is back: in lower case, without accents, with the plain letter
 * in place of one with a stroke (ł, ø, ı), voiced kana without their mark. Forms stand beside each other as they are declined.
 */

/**
 * Letters of a note that was made plain, within a class of characters: of Latin, Cyrillic, Greek, Hebrew, Arabic, kana, Chinese, Korean.
 * Patterns with \p{L}, a class of some hundred ranges, are slow to compile, which is done when the first note comes.
 */
export const letter = "a-z\\u00c0-\\u1fff\\u3041-\\ud7ff";

/** Of each month. Short forms that are words ("set", "out", "ago") are not among them, nor Croatian names, of which one is another month in Polish. */
const monthNames: readonly string[] = [
  "january|januar|janvier|januari|janeiro|janner|enero|gennaio|jan|janv|ene|gen|stycznia|ledna|januara|januarja|tammikuuta|tammikuun|ianuarie|ocak|января|янв|січня|януари|ιανουαριου|يناير|ינואר",
  "february|februar|fevrier|februari|fevereiro|febrero|febbraio|feb|fevr|fev|lutego|unora|februara|februarja|helmikuuta|helmikuun|februarie|subat|февраля|февр|фев|лютого|февруари|φεβρουαριου|فبراير|פברואר",
  "march|marz|maerz|mars|maart|marco|marzo|mar|mrt|marts|marca|brezna|maaliskuuta|maaliskuun|martie|marcius|mart|марта|березня|март|μαρτιου|مارس|מרץ",
  "april|avril|abril|aprile|apr|avr|abr|kwietnia|dubna|aprila|huhtikuuta|huhtikuun|aprilie|aprilis|nisan|апреля|апр|квітня|април|απριλιου|ابريل|אפריל",
  "may|mai|mei|maio|mayo|maggio|maj|maja|kvetna|toukokuuta|toukokuun|majus|mayis|мая|травня|маи|μαιου|مايو|מאי",
  "june|juni|juin|junho|junio|giugno|jun|giu|czerwca|cervna|juna|junija|kesakuuta|kesakuun|iunie|junius|haziran|июня|червня|юни|ιουνιου|يونيو|יוני",
  "july|juli|juillet|julho|julio|luglio|jul|juil|lug|lipca|cervence|jula|julija|heinakuuta|heinakuun|iulie|julius|temmuz|июля|липня|юли|ιουλιου|يوليو|יולי",
  "august|aout|augustus|agosto|aug|augusti|sierpnia|srpna|augusta|avgusta|elokuuta|elokuun|augusztus|agustos|августа|авг|серпня|август|αυγουστου|اغسطس|אוגוסט",
  "september|septembre|setembro|septiembre|settembre|sept|sep|wrzesnia|zari|septembra|syyskuuta|syyskuun|septembrie|szeptember|eylul|сентября|сент|сен|вересня|септември|σεπτεμβριου|سبتمبر|ספטמבר",
  "october|oktober|octobre|outubro|octubre|ottobre|oct|okt|ott|pazdziernika|rijna|oktobra|lokakuuta|lokakuun|octombrie|ekim|октября|окт|жовтня|октомври|οκτωβριου|اكتوبر|אוקטובר",
  "november|novembre|novembro|noviembre|nov|listopada|listopadu|novembra|marraskuuta|marraskuun|noiembrie|kasim|ноября|нояб|листопада|ноември|νοεμβριου|نوفمبر|נובמבר",
  "december|dezember|decembre|dezembro|diciembre|dicembre|dec|dez|dic|desember|des|grudnia|prosince|decembra|joulukuuta|joulukuun|decembrie|aralik|декабря|дек|грудня|декември|δεκεμβριου|ديسمبر|דצמבר",
];

/** From Sunday on, as `Date` counts. */
const weekdayNames: readonly string[] = [
  "sunday|sonntag|dimanche|domingo|domenica|zondag|sondag|niedziela|niedziele|niedzieli|nedele|nedeli|nedela|sunnuntaina|duminica|vasarnap|pazar|воскресенье|воскресенья|неділю|неділі|неделя|κυριακη",
  "monday|montag|lundi|lunes|lunedi|maandag|segunda-feira|segunda|mandag|poniedzialek|poniedzialku|pondeli|pondelka|pondelok|maanantaina|maanantaihin|luni|hetfon|pazartesi|понедельник|понедельника|понеділок|понеділка|понеделник|δευτερα",
  "tuesday|dienstag|mardi|martes|martedi|dinsdag|terca-feira|tisdag|tirsdag|wtorek|wtorku|utery|uterka|utorok|tiistaina|tiistaihin|marti|kedden|sali|вторник|вторника|вівторок|вівторка|τριτη",
  "wednesday|mittwoch|mercredi|miercoles|mercoledi|woensdag|quarta-feira|onsdag|srode|srody|stredu|stredy|streda|keskiviikkona|keskiviikkoon|miercuri|szerdan|carsamba|среду|среды|середу|середи|сряда|τεταρτη",
  "thursday|donnerstag|jeudi|jueves|giovedi|donderdag|quinta-feira|torsdag|czwartek|czwartku|ctvrtek|ctvrtka|stvrtok|torstaina|torstaihin|joi|csutortokon|persembe|четверг|четверга|четвер|четвъртък|πεμπτη",
  "friday|freitag|vendredi|viernes|venerdi|vrijdag|sexta-feira|fredag|piatek|piatku|patek|patku|piatok|perjantaina|perjantaihin|vineri|penteken|cuma|пятницу|пятницы|п'ятницю|п'ятниці|петък|παρασκευη",
  "saturday|samstag|sonnabend|samedi|sabado|sabato|zaterdag|lordag|sobote|soboty|sobotu|sobota|lauantaina|lauantaihin|sambata|szombaton|cumartesi|субботу|субботы|суботу|суботи|събота|σαββατο",
];

const numbered = (names: readonly string[], first: number): ReadonlyMap<string, number> =>
  new Map(names.flatMap((list, n) => list.split("|").map((name) => [name, n + first] as const)));

/** 1 to 12, by name. */
export const months = numbered(monthNames, 1);

/** 0 (Sunday) to 6, by name. */
export const weekdays = numbered(weekdayNames, 0);

/** 0 to 6, by the sign that stands for it in Japanese, Chinese and Korean. */
export const easternWeekdays: ReadonlyMap<string, number> = numbered(
  ["日|天|일", "月|一|월", "火|二|화", "水|三|수", "木|四|목", "金|五|금", "土|六|토"],
  0,
);

/** Words for coming back that stand on either side of the date. */
export const back = [
  // German, Dutch.
  "zuruck|wieder|terug|weer",
  // Swedish, Danish, Norwegian, Finnish.
  "tillbaka|ater|aterkommer|atervander|tilbage|tilbake|igen|igjen|palaan|palaamme|palaa|takaisin|jalleen|taas",
  // Polish, Czech, Slovak ("spat" alone is German for late), Serbian, Croatian, Slovene.
  "wracam|wracamy|wroce|powracam|powrot|powrocie|powrotem|ponownie|znowu|vratim|vracim|vratime|navrat|zpet|opet|opat|znova|znovu|(?:budem|som) spat",
  "vracam|vraticu|povratak|natrag|ponovo|ponovno|vrnem|vrnil|vrnila|nazaj",
  // Romanian, Hungarian, Turkish.
  `revin|reveni|intorc|intoarce|inapoi|din nou|vissza[${letter}]*|ujra|ismet|don(?:uyor|ece|us)[${letter}]*|geri|tekrar|yeniden|ofiste olac[${letter}]*`,
  // Russian, Ukrainian, Bulgarian, Greek.
  `верн(?:усь|емся|ется)|возвращ[${letter}]+|снова|опять|обратно|вы(?:иду|хожу)|буду(?=\\s*$| (?:на (?:работ|связ|мест|робот|зв)|[ву] (?:офис|офіс|сети)))|поверн[${letter}]+|поверта[${letter}]+|знову|върна|връща[${letter}]+|отново|επιστρ[${letter}]+|πισω|ξανα`,
  // Hebrew, Arabic.
  "אחזור|חוזרת?|אשוב|ساعود|اعود|سنعود|العودة|عودتي",
].join("|");

/** Those that stand before it. */
export const backBefore =
  "back|return(?:s|ing)?|(?:available|reachable|in the office) again|re-?open(?:s|ing)?|resum(?:e|ing)|de retour|retour|reviens|reviendrai|rentre|de nouveau|de vuelta|regres\\w+|vuelvo|volvere|rientr\\w+|torner\\w+|torno|di nuovo|voltar\\w*|volto|regress\\w+|de volta|retorn\\w+";

/** In Japanese, Chinese and Korean, without spaces around them. */
export const easternBack =
  "出社|出勤|復帰|戻り|戻る|再開|以降|返回|返[岗崗]|回[来來到]|恢[复復]|上班|[复復]工|返工|복귀|출근|근무|재개|돌아|회신";

/** Right before a last day. */
export const until = [
  "until|till?|through|thru|to|bis|jusqu'?(?:au|a|en)?|au|hasta|al|fino|sino|a|t\\/m|tot|ate|ao",
  "t\\.?o\\.?m\\.?|til|indtil|inntil|(?<!partir )do|pana|do[kc]",
  "до|по|εως|ως|μεχρι|עד|حتى",
].join("|");

/** What may stand between such a word and the date. */
export const untilFiller =
  "and including|including|(?:einschliesslich|einschl\\.?|inklusive|inkl\\.?|zum|en met|och med|og med|the|the end of|end of|le|el|al|a|o|ao|dia|den|dem|d\\.?|dnia|pe|la|in|data de|la data de|και|τις|την|τη|το)";

/** Right behind a last day, where a language has it there: Finnish, Turkish, Hungarian, Japanese, Korean. */
export const untilAfter = `^\\.?(?:'[${letter}]{1,3})?(?: (?:tarihine|gunune))?(?: ?(?:asti|saakka|kadar|paivaan asti|まて|까지)|\\.?-?(?:[${letter}]{1,3})?ig(?![${letter}]))`;

/** A period from one day to another is between them. */
export const between =
  "\\b(?:between|zwischen|entre|tra|fra|tussen|mellan|mellem|mellom|miedzy|mezi|medzi|intre)\\b.{1,40} (?:and|und|et|y|e|en|och|og|a|si)";
