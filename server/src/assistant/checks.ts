import type { TurnProblem } from "../db/assistant-turn.ts";
import type { ChannelName } from "../domain/event.ts";
import { contentProblems } from "../domain/message-content.ts";
import type { ProfileContent } from "../domain/profile.ts";
import { smsSegments } from "../domain/sms-segments.ts";

/**
 * What an answer must be before it may go out. Pure: the same answer is judged the same wherever it came from. It is strict on
 * purpose: what is held back by mistake waits for a person, and what goes out can't be taken back.
 */
export interface Checked {
  channel: ChannelName;
  subject: string | null;
  text: string;
  content: ProfileContent;
  /** Where facts may come from beside the profile itself: knowledge, and what was said from here before. */
  sources: readonly string[];
  /** What the lead wrote: it may name dates, and nothing else. */
  leadsWords: readonly string[];
  /** What must not be repeated to anybody. */
  confidential: readonly string[];
}

export function answerProblems(checked: Checked): TurnProblem[] {
  const { channel, subject, text } = checked;
  const problems: TurnProblem[] = contentProblems({ channel, action: "message", subject, text, html: null }).map(
    ({ field, reason }) => ({ code: "invalid_content", detail: `${field}: ${reason}` }),
  );
  const whole = subject === null ? text : `${subject}\n${text}`;
  problems.push(...formProblems(checked, whole));
  const seen = normal(whole);
  const sources = checked.sources.map(normal).join("\n");
  const facts = [sources, ...profileTexts(checked.content).map(normal)].join("\n");
  problems.push(...linkProblems(seen, checked.content, facts));
  problems.push(...factProblems(seen, facts, checked.leadsWords.map(normal).join("\n")));
  for (const words of checked.content.mustNotSay) {
    const found = patternOf(words).exec(seen);
    if (found)
      problems.push({ code: "must_not_say", detail: `It says "${found[0].slice(0, 80)}", which the profile forbids.` });
  }
  if (repeatsConfidential(seen, checked.confidential, sources)) {
    problems.push({ code: "leak", detail: "It repeats what the assistant was told, word by word." });
  }
  return problems;
}

/** What the profile says of the business. */
function profileTexts({
  instructions,
  objectives,
  handOffRules,
  opening,
  followUps,
  nurture,
}: ProfileContent): string[] {
  const templates = [...Object.values(followUps), nurture, opening].map((step) => step?.template ?? "");
  return [instructions, objectives, handOffRules, ...templates];
}

/** Digits of other scripts: those of a script follow each other from a code that ends in 0, or in 6 in the scripts of India. */
const latinDigit = (digit: string) => {
  const code = digit.codePointAt(0)!;
  const begins = code >= 0x966 && code <= 0xdef ? 6 : 0;
  return String(((code & 15) - begins) % 10);
};

/** Full-width letters, other scripts' digits, look-alike dots and what can't be seen: as the eye reads it. */
function normal(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/(?![0-9])\p{Nd}/gu, latinDigit)
    .replace(/[\p{Cf}\u00ad]/gu, "")
    .replace(/[\u3002\uff61\u2024]/g, ".")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u00a0\u202f\u2009]/g, " ");
}

function formProblems({ channel, text, content }: Checked, whole: string): TurnProblem[] {
  const problems: TurnProblem[] = [];
  const refuse = (code: string, detail: string) => problems.push({ code, detail });
  if (
    !whole.isWellFormed() ||
    /[\p{Cc}]/u.test(whole.replace(/[\n\r\t]/g, "")) ||
    /[\u202a-\u202e\u2066-\u2069]/.test(whole)
  ) {
    refuse("invalid_text", "It has characters that don't belong into a message.");
  }
  if (/<\/?[a-z!][^>\n]{0,300}>|```|\[[^\]\n]{1,200}\]\([^)\n]{1,500}\)/i.test(whole))
    refuse("markup", "It has markup in it.");
  if (
    /\{\{|\}\}|\{%|\[(?:your |my |the )?(?:first |last |full |company |lead'?s? )?(?:name|company|date|time|link|number|title|insert[^\]]*)\]/i.test(
      whole,
    )
  ) {
    refuse("placeholder", "It has a placeholder that was not filled.");
  }
  if (
    /"(?:message|handOver|conditions|search|stop)"\s*:|(?:^|\n)\s*(?:system|assistant|user|lead|us)\s*:/i.test(whole)
  ) {
    refuse("transcript", "It has parts of a transcript, or of the model's own format.");
  }
  if (/\b(?:sk|pk|rk|hk_live|whsec|ghp|gho|xox[abp])[-_][\w-]{8,}|-----BEGIN|\beyJ[\w-]{20,}\./.test(whole)) {
    refuse("secret", "It has what looks like a key or a token.");
  }
  if (content.maxLength !== null && text.length > content.maxLength) {
    refuse("too_long", `${text.length} characters; the profile allows ${content.maxLength}.`);
  }
  if (channel === "sms") {
    const segments = smsSegments(text);
    if (segments > content.maxSmsSegments) {
      refuse("too_long", `${segments} SMS parts; the profile allows ${content.maxSmsSegments}.`);
    }
  }
  return problems;
}

const address = /[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;
const linkLike = [
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"']+/gi,
  /\b(?:javascript|data|mailto|tel|sms|file):[^\s]+/gi,
  /\bwww\.[^\s<>"']+/gi,
  // A domain, as programs make a link of it. "today.Let" is a forgotten space.
  /(?<![@\w.])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  /(?<![@\w.])[A-Z0-9][A-Z0-9-]*(?:\.[A-Z0-9-]+)*\.[A-Z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?:[/:][^\s]*)?/g,
  // Domains in other letters that have lower case.
  /(?<![@\p{L}\p{N}.])[\p{Ll}\p{N}][\p{Ll}\p{N}-]*\.(?![a-z]+\b)\p{Ll}{2,24}(?![\p{L}\p{N}@])/gu,
];

const spelledOut = [
  /\b[a-z0-9-]+\s*(?:[([{]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[)\]}]|\sdot\s)\s*[a-z]{2,10}\b/i,
  /\b[a-z0-9-]+\s+(?:punkt|point|punto|ponto|nokta)\s+(?:com|net|org|info|io|de|fr|es|it|pt|br|nl|uk|ru|xyz|shop|example)\b/i,
  /\b[a-z0-9-]{2,}\s+\.\s*(?:com|net|org|info|io|xyz|shop|example)\b/i,
];

function linkProblems(text: string, content: ProfileContent, sources: string): TurnProblem[] {
  const problems: TurnProblem[] = [];
  const known = sources.toLowerCase();
  for (const found of text.match(address) ?? []) {
    const bare = found.replace(/[.,;:!?)]+$/, "").toLowerCase();
    if (!known.includes(bare)) problems.push({ code: "link", detail: `The address ${bare} is not in the knowledge.` });
  }
  const allowed = [...(content.bookingLink ? [content.bookingLink] : []), ...content.allowedLinks].flatMap(
    (link) => urlOf(link) ?? [],
  );
  const rest = text.replace(address, " ");
  const links = new Set(
    linkLike.flatMap((pattern) => rest.match(pattern) ?? []).map((link) => link.replace(/[.,;:!?)\]}'"]+$/, "")),
  );
  for (const link of links) {
    const url = urlOf(link);
    if (url && allowed.some((one) => isWithin(url, one))) continue;
    // A part of an allowed one: its host, found again by the pattern for domains.
    if ([...links].some((other) => other !== link && other.includes(link) && isAllowed(other, allowed))) continue;
    if (!link.includes("/") && !/^www\./i.test(link) && known.includes(link.toLowerCase()) && !link.includes(":"))
      continue;
    problems.push({ code: "link", detail: `The link ${link.slice(0, 120)} is not one that the profile allows.` });
  }
  if (spelledOut.some((pattern) => pattern.test(rest))) {
    problems.push({ code: "link", detail: "It spells an address out." });
  }
  const local = /(?<![\w/.-])\d{3}[-. ]\d{4}(?![\w/-]|[.,]\d)/.exec(rest)?.[0];
  if (local && !sources.replace(/\D/g, "").includes(local.replace(/\D/g, ""))) {
    problems.push({ code: "phone_number", detail: `The number ${local} is not in the knowledge.` });
  }
  if (/(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[\s,.-]*){7,}/i.test(rest)) {
    problems.push({ code: "phone_number", detail: "It spells a number out." });
  }
  for (const number of rest.match(/(?<![\w/.-])\+?\d[\d ().-]{7,18}\d(?![\w/-])/g) ?? []) {
    const digits = number.replace(/\D/g, "");
    if (digits.length < 9 || /^\d{4}-\d{2}-\d{2}/.test(number.trim())) continue;
    if (!sources.replace(/[ ().-]/g, "").includes(digits)) {
      problems.push({ code: "phone_number", detail: `The number ${number.trim()} is not in the knowledge.` });
    }
  }
  return problems;
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

/** The same host, and the same path or one below it. */
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
  return allowed.search === "" || url.search.startsWith(allowed.search);
}

const currency =
  "(?:\\p{Sc}|usd|eur|gbp|chf|cad|aud|jpy|inr|brl|pln|dollars?|d[oó]lar(?:es)?|dollari|euros?|pounds?|bucks|francs?|franken|kron(?:or|er)|kr|rupees?|yen|pesos?|cents?|reais|z[łl](?:otych)?|kč|lira|tl|руб(?:л[а-я]+)?|доллар[а-я]*|евро|грн|元|块|円|원|دولار(?:ات)?|ريال|درهم|يورو|שקל(?:ים)?|रुपये|रुपए)";
const amount = "\\d[\\d.,' ]*(?:\\s?(?:k|m|thousand|million|tausend|mille|mil))?";
const prices = [
  new RegExp(`(?<!\\p{L})${currency}\\s?(${amount})`, "giu"),
  new RegExp(`(${amount})\\s?${currency}(?!\\p{Ll})`, "giu"),
  /(\d[\d.,]*)\s?(?:%|٪|percent|prozent|pour ?cent|por ?ciento|per ?cento|procent|процент|yüzde)/giu,
];
const priceWords =
  /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|a few|couple)[\w -]{0,30}\s(?:dollars?|euros?|pounds?|bucks|percent|francs?)\b/gi;

const months =
  "(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|fevrier|mar(?:ch|s|zo)?|märz|apr(?:il)?|avril|may|mai|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre)?|okt(?:ober)?|octubre|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|décembre|diciembre)";
const weekdays =
  "(?:mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rs)?(?:day)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|tomorrow|today|tonight|morgen|heute|demain|mañana)";
const dates = [
  /\b\d{4}-\d{1,2}-\d{1,2}\b/g,
  /\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/g,
  new RegExp(`\\b${months}\\.?\\s+\\d{1,2}(?:st|nd|rd|th)?\\b`, "gi"),
  new RegExp(`\\b\\d{1,2}(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+|de\\s+)?${months}\\b`, "gi"),
  new RegExp(`\\b${weekdays}\\b,?\\s+(?:at|um|à|a las|@)?\\s*\\d{1,2}(?::\\d{2})?\\s*(?:am|pm|uhr|h)?\\b`, "gi"),
  /\d{1,2}\s?月\s?\d{1,2}\s?[日号號]/g,
  /\d{1,2}\s?월\s?\d{1,2}\s?일/g,
  /\b\d{1,2}\s+(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)\p{Ll}*/giu,
  /\b\d{1,2}\s+(?:de\s+)?(?:gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|abril|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)\b/giu,
];

/** Stems of what binds the business: each may be said only where the sources say it. */
const promises: readonly RegExp[] = [
  /\bguarante\w*/i,
  /\b(?:i|we) (?:hereby )?(?:promise|swear|commit|pledge)\b/i,
  /\bmoney[- ]back\b/i,
  /\brefund\w*/i,
  /\bdiscount\w*|\bcoupon\w*|\bpromo code\b|\bvoucher\w*/i,
  /\bwarrant(?:y|ies)\b/i,
  /\bfree (?:of charge|trial|month|year|upgrade|shipping|delivery)\b|\bfor free\b|\bno (?:cost|charge)\b|\bat no (?:cost|charge)\b|\bcomplimentary\b/i,
  /\blegally binding\b|\b(?:we|i) (?:accept|agree to) (?:your|these|the) (?:terms|offer|price)\b|\bit'?s a deal\b|\bno takesies?[- ]backsies?\b/i,
  /\bwaive\w*\b/i,
  /\b(?:garan[tz]|gwaran)\p{L}*/iu,
  /\bversprech\w*|\brabatt\w*|\bkostenlos\w*|\bgratis\b|\brückerstattung\w*/i,
  /\bremise\w*|\bgratuit\w*|\bremboursement\w*|\bje (?:vous )?promets\b/i,
  /\bdescuento\w*|\breembolso\w*|\bprometo\b|\bprometemos\b/i,
  // Italian, Portuguese, Dutch, Polish, Turkish
  /\bscont[oi]\b|\brimbors\w*|\bpromettiamo\b|\bdesconto\w*|\bgrátis\b|\bkorting\w*|\bterugbetal\w*|\bwij beloven\b/iu,
  /(?<!\p{L})(?:zniżk|rabat|darmow|zwrot pieniędzy|obiecuj|indirim|ücretsiz|bedava|para iadesi|söz veriyor)\p{L}*/iu,
  // Russian, Chinese, Japanese, Korean, Arabic, Hebrew, Hindi
  /(?<!\p{L})(?:гарант|скидк|бесплатн|возврат денег|верн[её]м деньги|обеща[ею])\p{L}*/iu,
  /保证|保證|折扣|免费|免費|退款|保証|割引|無料|返金|보장|할인|무료|환불/u,
  /ضمان|نضمن|خصم|مجان|استرداد|החזר כספי|הנחה|בחינם|गारंटी|मुफ़?्त|छूट|वापसी की/u,
];

function factProblems(text: string, sources: string, leadsWords: string): TurnProblem[] {
  const problems: TurnProblem[] = [];
  const numbers = numbersOf(sources);
  const known = simple(sources);
  const said = `${known}\n${simple(leadsWords)}`;
  const seen = new Set<string>();
  const refuse = (code: string, what: string, detail: string) => {
    if (seen.has(`${code} ${what}`)) return;
    seen.add(`${code} ${what}`);
    problems.push({ code, detail });
  };
  for (const pattern of prices) {
    for (const match of text.matchAll(pattern)) {
      if (!numbers.has(numberOf(match[1]!)))
        refuse("price", numberOf(match[1]!), `"${match[0].trim()}" is not in the knowledge.`);
    }
  }
  for (const [words] of text.matchAll(priceWords)) {
    if (!known.includes(simple(words))) refuse("price", words, `"${words}" is not in the knowledge.`);
  }
  for (const pattern of dates) {
    for (const [words] of text.matchAll(pattern)) {
      if (!said.includes(simple(words)))
        refuse("date", simple(words), `"${words}" is neither in the knowledge nor in what the lead wrote.`);
    }
  }
  for (const pattern of promises) {
    const found = pattern.exec(text);
    if (found && !pattern.test(sources))
      refuse("promise", found[0], `"${found[0]}" is a promise that the knowledge doesn't make.`);
  }
  return problems;
}

const simple = (text: string) =>
  text
    .toLowerCase()
    .replace(/[\s,]+/g, " ")
    .replace(/(\d)(?:st|nd|rd|th)\b/g, "$1");

/** "1,200.00" and "1200" are one number. */
function numberOf(text: string): string {
  const digits = text.toLowerCase().replace(/[\s']/g, "");
  const factor = /(?:k|thousand|tausend|mille|mil)$/.test(digits)
    ? 1_000
    : /(?:m|million)$/.test(digits)
      ? 1_000_000
      : 1;
  let bare = digits.replace(/[a-z]+$/, "").replace(/[.,]+$/, "");
  const decimals = /[.,](\d{1,2})$/.exec(bare);
  if (decimals) bare = `${bare.slice(0, -decimals[0].length).replace(/[.,]/g, "")}.${decimals[1]}`;
  else bare = bare.replace(/[.,]/g, "");
  return String(Number(bare) * factor);
}

function numbersOf(text: string): Set<string> {
  return new Set((text.match(/\d[\d.,']*(?:\s?(?:k|thousand|million)\b)?/gi) ?? []).map(numberOf));
}

/** `*` is anything within a sentence; the rest is taken as it is written. */
function patternOf(words: string): RegExp {
  const parts = normal(words)
    .split("*")
    .map((part) =>
      part
        .trim()
        .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
        .replace(/\s+/g, "\\s+"),
    );
  const begin = /^[\p{L}\p{N}]/u.test(words) ? "(?<![\\p{L}\\p{N}])" : "";
  const end = /[\p{L}\p{N}]$/u.test(words) ? "(?![\\p{L}\\p{N}])" : "";
  return new RegExp(`${begin}${parts.join("[^.!?\\n]{0,200}")}${end}`, "iu");
}

/** Words in a row that nobody says by chance. */
const tellingWords = 10;

function repeatsConfidential(text: string, confidential: readonly string[], sources: string): boolean {
  const said = ` ${wordsOf(text).join(" ")} `;
  const open = ` ${wordsOf(sources).join(" ")} `;
  return confidential.some((secret) => {
    const words = wordsOf(secret);
    for (let i = 0; i + tellingWords <= words.length; i++) {
      const phrase = ` ${words.slice(i, i + tellingWords).join(" ")} `;
      if (said.includes(phrase) && !open.includes(phrase)) return true;
    }
    return false;
  });
}

const wordsOf = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];
