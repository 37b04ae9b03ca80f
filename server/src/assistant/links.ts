import type { TurnProblem } from "../db/assistant-turn.ts";
import type { ProfileContent } from "../domain/profile.ts";

/** Where an answer leads: links, addresses, telephone numbers and names in other networks that nobody gave it. */

/** Ends of addresses that are no everyday words: only with these may there be capitals, other letters or words for the dot. */
const ends = "(?:com|net|org|info|biz|io|app|dev|xyz|shop|icu|example|fr|pt|br|nl|uk|ru|ua|pl|cz|eu|cn|jp|kr|tw|hk)";
const otherEnds =
  "(?:рф|рус|укр|бел|срб|мкд|онлайн|сайт|москва|бг|ελ|中国|中國|公司|网络|網絡|网址|在线|香港|台湾|台灣|コム|みんな|テスト|한국|닷컴|भारत|ไทย|الامارات|السعودية|مصر|موقع|ישראל|קום)";

/**
 * What stands before what is looked for has an end in all of these, those that DNS and mail set: without one, each place in a long row of letters
 * would be a beginning that is tried to the row's end.
 */
const address = /[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;
const linkLike = [
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"']+/gi,
  /\b(?:javascript|data|mailto|tel|sms|file):[^\s]+/gi,
  /\bwww\.[^\s<>"']+/gi,
  // A domain, as programs make a link of it. "today.Let" is a forgotten space, and "Offer.pdf" a file.
  /(?<![@\w.])[A-Za-z0-9](?:[A-Za-z0-9-]|\.(?!\.)){0,252}\.(?!(?:js|pdf|docx?|xlsx?|jpe?g|png|csv|txt)\b)[a-z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  /(?<![@\w.])[A-Z0-9](?:[A-Z0-9-]|\.(?!\.)){0,252}\.[A-Z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  new RegExp(`(?<![@\\w.])[a-z0-9](?:[a-z0-9-]|\\.(?!\\.)){0,252}\\.${ends}(?![\\w@])(?:[/?#:][^\\s<>"']*)?`, "gi"),
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?:[/:][^\s]*)?/g,
  // Domains in other letters that have lower case.
  /(?<![@\p{L}\p{N}.])[\p{Ll}\p{N}][\p{Ll}\p{N}-]{0,252}\.(?![a-z]+\b)\p{Ll}{2,24}(?![\p{L}\p{N}@])/gu,
  // In scripts that have none, or in capitals. "You.We" without a blank is how they write sentences.
  new RegExp(
    `(?<![\\p{L}\\p{N}-])[\\p{L}\\p{N}-]{1,63}\\.(?:${otherEnds}|(?<=[^\\0-\\x7f]\\.)${ends})(?![\\p{L}\\p{N}@])`,
    "giu",
  ),
];

const dots =
  "(?:dot|d0t|punkt|point|punto|ponto|nokta|kropka|tečka|bodka|точка|крапка|точку|点|點|ドット|닷|점|نقطة|נקודה|डॉट)";
const spelledOut = [
  /[a-z0-9-]\s*(?:[([{]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[)\]}]|\s(?:dot|d0t)\s|[-_*/](?:dot|d0t)[-_*/])\s*[a-z]{2,10}\b/i,
  new RegExp(`[\\p{L}\\p{N}-]\\s*[-\\s]${dots}[-\\s]\\s*${ends}(?!\\p{L})`, "iu"),
  new RegExp(
    `[\\p{L}\\p{N}-]\\s*(?:点|點|ドット|닷|점|точка|نقطة|נקודה)\\s*(?:${ends}|ком|ру|コム|컴)(?!\\p{L})`,
    "iu",
  ),
  /[a-z0-9-]{2}\s+\.\s*(?:com|net|org|info|io|xyz|shop|example)\b/i,
  /[a-z0-9-]\.\s+com\b(?!\p{L})|[a-z0-9-],com(?!\p{L})|[)\]}>"']\.(?:com|net|org|info|io|xyz|shop|example)\b/iu,
  // Said aloud, and where a mailbox is at everybody's.
  /\bwww\s+\w|\b(?:com|net|org|io)\s+(?:slash|schrägstrich|barra)\b|\bpunkt\s+(?:de|ch)\b|\bpunto\s+it\b|\b(?:at|bei|chez|arroba)\s+(?:gmail|googlemail|hotmail|yahoo|icloud|protonmail|gmx)\b/i,
];

/** Networks in which somebody else may be waiting for the lead: whoever isn't said to be there by anybody isn't there. */
const messengers: readonly RegExp[] = [
  /(?<![\p{L}.])telegram(?!\p{L}|mes?\b)|\bt\.me\b|(?<!\p{L})(?:телеграм|тг(?!\p{L}))|텔레그램|تل[يی]?[جغ]را?م|טלגרם|टेलीग्राम/iu,
  /(?<!\p{L})whats ?app|\bwa\.me\b|(?<!\p{L})(?:ват|вот)с?ап|왓츠앱|وات?س ?اب|וואטסאפ|ווטסאפ|व्हाट्सऐ?ए?प/iu,
  /(?<!\p{L})we ?chat(?!\p{L})|(?<!\p{L})weixin|微信|위챗/iu,
  /(?<!\p{L})viber(?!\p{L})|(?<!\p{L})вайбер/iu,
  /(?<!\p{L})skype(?!\p{L})|(?<!\p{L})скайп/iu,
  /(?<!\p{L})(?:snapchat|kakao ?talk|threema|zalo|wickr)(?!\p{L})|카카오톡|カカオ/iu,
  /(?<!\p{L})(?:on|via|by|over|to|our|my|per|über|auf|sur|por|en) (?:Signal|Discord|Kik|LINE|QQ)(?!\p{L})/u,
];

const named =
  "(?:telegram|whats ?app|viber|skype|we ?chat|discord|snap(?:chat)?|kik|zalo|threema|kakao ?talk|insta(?:gram)?|ig|twitter|tik ?tok|venmo|zelle|cash ?app|телеграм\\p{L}*|微信)";
/** With those whose names are everyday words, or stand in everyday sentences. */
const network = `(?:${named}|signal|line|qq|facebook|fb|youtube|linkedin|bluesky|mastodon|reddit|paypal)`;
const nameInIt =
  "(?!(?:for|and|or|in|on|to|with|here|there|well|soon|usual|always)\\b)(?<name>[\\p{L}\\p{N}_][\\p{L}\\p{N}_.#:-]{2,60})";
/** With signs that no word has. */
const nameByItsSigns = "(?<name>[a-z0-9]{1,30}(?:[_.:#][a-z0-9]{1,30}){1,3}|[a-z]{2,30}\\d[a-z0-9]{0,30})";
/** A name by which somebody is found in one of them. */
const handles = [
  // What is left of an address that is none, and names. "@ 5 pm" is a time.
  /(?<name>@\s?[\p{L}_][\p{L}\p{N}_.-]{1,60})/giu,
  /(?<![\p{L}\p{N}$])(?<name>\$[a-z_][a-z0-9_]{2,40})(?!\w)/giu,
  new RegExp(`(?<!\\p{L})${named}\\s?[:=]\\s?${nameInIt}`, "giu"),
  new RegExp(
    `(?<!\\p{L})${network}(?:'s)?\\s?(?:id|handle|user(?:name)?|nick(?:name)?|号)\\s?(?:is|ist|[:=])?\\s?${nameInIt}`,
    "giu",
  ),
  new RegExp(`(?<!\\p{L})${network}\\s(?:as|under|als|unter|como|comme)\\s${nameInIt}(?=\\s*(?:[.,!?;)\\n]|$))`, "giu"),
  new RegExp(
    `(?<!\\p{L})${network}\\s(?:account|channel|group|kanal|gruppe|canal|grupo|groupe)?\\s?(?:is|at|by|ist|es|est|[:=])?\\s?${nameByItsSigns}`,
    "giu",
  ),
];

const shortNumbers = [
  /(?<![\w/.-])\d{3}[-. ]\d{4}(?![\w/-]|[.,]\d)/g,
  // Eight digits in pairs or fours, as in Scandinavia and Singapore. "2024 2025" are years.
  /(?<![\w/.-])(?:\d\d(?: \d\d){3}|(?!(?:19|20)\d\d (?:19|20)\d\d)\d{4} \d{4})(?![\w/-]|[.,]\d)/g,
  // One by one.
  /(?<![\w/.-])\d(?:[ .,-] ?\d){6,14}(?![\w/-]|[.,]\d)/g,
];
/** 1-800-FLOWERS */
const numberInLetters =
  /(?<![\w-])(?:1[-. ])?(?:\(?8(?:00|33|44|55|66|77|88)\)?[-. ](?:[A-Z]{4,8}|[A-Z]{3,4}[- ][A-Z]{3,4})|\d{3}-[A-Z]{4,8})(?![\w-])/g;

/** Texts as `normal` gives them. */
interface Known {
  /** What the business has said. */
  sources: string;
  /** What the lead has: a network that it named may be named, a name in it not. */
  leadsWords: string;
  /** Its own and its company's, of which some are domains ("Booking.com"); with the capital that a name has they are no link. */
  leadsNames: readonly string[];
}

export function linkProblems(
  text: string,
  content: ProfileContent,
  { sources, leadsWords, leadsNames }: Known,
): TurnProblem[] {
  const problems: TurnProblem[] = [];
  const known = sources.toLowerCase();
  for (const found of text.match(address) ?? []) {
    const bare = found.replace(/[.,;:!?)]+$/, "").toLowerCase();
    if (!names(known, bare)) problems.push({ code: "link", detail: `The address ${bare} is not in the knowledge.` });
  }
  const links = [...(content.bookingLink ? [content.bookingLink] : []), ...content.allowedLinks];
  const allowed = links.flatMap((link) => urlOf(link) ?? []);
  const rest = text.replace(address, " ");
  // As it is, and with its blanks taken out where each letter stands by itself.
  const spelled = rest.replace(/(?<=(?:^|\s)\S)[ \t](?=\S(?:\s|$))/g, "");
  const found = new Set(
    [...new Set([rest, spelled])]
      .flatMap((form) => linkLike.flatMap((pattern) => form.match(pattern) ?? []))
      .map((link) => link.replace(/[.,;:!?)\]}'"]+$/, "")),
  );
  for (const link of found) {
    const url = urlOf(link);
    if (url && allowed.some((one) => isWithin(url, one))) continue;
    // A part of an allowed one: its host, found again by the pattern for domains.
    if ([...found].some((other) => other !== link && other.includes(link) && isAllowed(other, allowed))) continue;
    if (/^\p{Lu}/u.test(link) && leadsNames.includes(link)) continue;
    if (!link.includes("/") && !/^www\./i.test(link) && names(known, link.toLowerCase()) && !link.includes(":"))
      continue;
    problems.push({ code: "link", detail: `The link ${link.slice(0, 120)} is not one that the profile allows.` });
  }
  if (spelledOut.some((pattern) => pattern.test(rest))) {
    problems.push({ code: "link", detail: "It spells an address out." });
  }
  problems.push(
    ...handleProblems(rest, `${sources}\n${links.join("\n")}`, leadsWords),
    ...numberProblems(rest, sources),
  );
  return problems;
}

/** Whether the sources have it, and not only something longer: "acme.com" is another one's than "acme.com.au". */
function names(known: string, wanted: string): boolean {
  for (let at = known.indexOf(wanted); at >= 0; at = known.indexOf(wanted, at + 1)) {
    if (
      !/[\w-]$/.test(known.slice(Math.max(0, at - 1), at)) &&
      !/^(?:[\w-]|\.[a-z])/.test(known.slice(at + wanted.length))
    )
      return true;
  }
  return false;
}

function handleProblems(text: string, sources: string, leadsWords: string): TurnProblem[] {
  const known = sources.toLowerCase();
  const unknown = new Map<string, string>();
  for (const pattern of handles) {
    for (const { groups } of text.matchAll(pattern)) {
      const name = groups!.name!.replace(/[.:-]+$/, "");
      const bare = name.replace(/^[@$]\s?/, "").toLowerCase();
      if (!names(known, bare)) unknown.set(bare, `The name ${name} is not in the knowledge.`);
    }
  }
  for (const pattern of messengers) {
    const named = pattern.exec(text)?.[0].trim();
    if (named !== undefined && !pattern.test(sources) && !pattern.test(leadsWords))
      unknown.set(named, `"${named}" is not in the knowledge, nor in what the lead wrote.`);
  }
  return [...unknown.values()].map((detail) => ({ code: "link", detail }));
}

function numberProblems(text: string, sources: string): TurnProblem[] {
  const digitsOf = (words: string) => words.replace(/\D/g, "");
  const allDigits = digitsOf(sources);
  const ungrouped = sources.replace(/[ ().-]/g, "");
  const unknown = new Set<string>();
  for (const [number] of text.matchAll(/(?<![\w/.-])\+?\d[\d ().-]{7,18}\d(?![\w/-])/g)) {
    const digits = digitsOf(number);
    if (digits.length < 9 || /^\d{4}-\d{2}-\d{2}/.test(number.trim())) continue;
    if (!ungrouped.includes(digits)) unknown.add(number.trim());
  }
  for (const pattern of shortNumbers) {
    for (const [number] of text.matchAll(pattern)) if (!allDigits.includes(digitsOf(number))) unknown.add(number);
  }
  for (const [number] of text.matchAll(numberInLetters)) if (!sources.includes(number)) unknown.add(number);
  const problems = [...unknown].map((number) => `The number ${number} is not in the knowledge.`);
  if (/(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[\s,.-]*){7,}/i.test(text))
    problems.push("It spells a number out.");
  return problems.map((detail) => ({ code: "phone_number", detail }));
}

const isAllowed = (link: string, allowed: readonly URL[]) => {
  const url = urlOf(link);
  return url !== null && allowed.some((one) => isWithin(url, one));
};

function urlOf(link: string): URL | null {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:/i.test(link) ? link : `https://${link}`);
  } catch {
    return null;
  }
}

/** The same host, and the same path or one below it; a query or fragment only as it is allowed. */
function isWithin(url: URL, allowed: URL): boolean {
  if (!/^https?:$/.test(url.protocol) || url.host !== allowed.host || url.username !== "" || url.password !== "")
    return false;
  const base = allowed.pathname.replace(/\/$/, "");
  if (
    url.pathname !== base &&
    !url.pathname.startsWith(`${base}/`) &&
    !(base !== "" && url.pathname === allowed.pathname)
  )
    return false;
  // What is added to it may lead elsewhere: only what the allowed one has, or nothing.
  return (url.search === "" && url.hash === "") || (url.search === allowed.search && url.hash === allowed.hash);
}
