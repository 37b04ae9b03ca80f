import { simple } from "./readable.ts";

/**
 * Amounts that an answer names and no source does. A number alone is no source of a price: 500 roofs are not 500 dollars. It
 * must stand there with its currency, or beside a word for prices.
 */

const currencies: readonly [unit: string, pattern: string][] = [
  ["r$", "r\\$|brl|reais"],
  ["$", "(?:us|au?|ca?|nz|hk|sg?|mx|nt)?\\$|usd|dollars?|d[oó]lar(?:es)?|dollari|bucks|доллар[а-я]*|دولار(?:ات)?"],
  ["€", "€|eur|euros?|евро|يورو"],
  ["£", "£|gbp|pounds?|quid"],
  ["¥", "¥|jpy|yen|rmb|yuan|円|元|块"],
  ["₹", "₹|inr|rs\\.?|rupees?|रुपये|रुपए"],
  ["chf", "chf|francs?|franken"],
  ["zł", "pln|z[łl](?:ot(?:ych|e|y))?"],
  ["₺", "₺|lira|tl"],
  ["₽", "₽|руб(?:л[а-я]+)?"],
  ["₩", "₩|원"],
  ["kr", "kron(?:or|er)|kr|sek|nok|dkk"],
  ["cent", "cents?|pence"],
  [
    "other",
    "\\p{Sc}|cad|aud|nzd|hkd|sgd|mxn|czk|huf|thb|aed|sar|zar|btc|usdt|ron|ils|myr|rm|try|twd|uah|vnd|idr|egp|bgn|rp\\.?|pesos?|dirhams?|ri[yi]als?|shekels?|baht|ringgit|kč|грн|ريال|درهم|שקל(?:ים)?",
  ],
];
const currency = `(?:${currencies.map(([, pattern]) => pattern).join("|")})`;
/**
 * Currencies in capitals only: "try 5 of them" names none. Asked of what was found, since a part of a pattern that
 * minds capitals (`(?-i:…)`) is read wrongly by V8 once a process has many patterns, and it optimizes no more of them.
 */
const inCapitals = /^(?:sek|nok|dkk|ron|ils|myr|rm|try|twd|uah|vnd|idr|egp|bgn)$/;
const isCurrency = (words: string) => words === words.toUpperCase() || !inCapitals.test(words.toLowerCase());
const units = currencies.map(([unit, pattern]) => [unit, new RegExp(`^(?:${pattern})$`, "iu")] as const);
// A row of digits has an end, too: each of them is a place where a number may begin.
const number =
  "(?:\\d{1,2}(?:,\\d{2}){1,9},\\d{3}|\\d{1,3}(?:[.,' ]\\d{3}){1,9}(?:[.,]\\d{1,2})?(?!\\d)|\\d{1,30}(?:[.,]\\d{1,3})?)";
const amount = `${number}(?:\\s?(?:k|m|thousand|million|tausend|mille|mil|lakhs?|crores?)(?!\\p{L}))?`;
const range = "\\s?(?:-|–|to|bis|and|und|à)\\s?";
const priced = {
  before: new RegExp(`(?<!\\p{L})(?<unit>${currency})\\s?(?<first>${amount})(?:${range}(?<second>${amount}))?`, "giu"),
  after: new RegExp(`(?:(?<first>${amount})${range})?(?<second>${amount})\\s?(?<unit>${currency})(?!\\p{Ll})`, "giu"),
  part: /(?<second>\d{1,30}(?:[.,]\d{1,30})?)\s?(?<unit>%|٪|per ?cent|prozent|pour ?cent|por ?ciento|per ?cento|procent|процент|yüzde)/giu,
};

const priceWord =
  "(?:pric(?:e[ds]?|ing)|costs?|costing|sav(?:e[ds]?|ings?)|start(?:s|ing) (?:at|from)|pay(?:s|ing)?|charges?|fees?|rates?|quote[ds]?|deposit|total(?:s|ing)?|kostet|kosten|preis\\p{L}*|zahlen|prix|co[uû]te\\p{L}*|tarif\\p{L}*|precios?|cuesta\\p{L}*|prezz[oi]|cost[ao]|preço|custa\\p{L}*|kost|prijs|cena|kosztuje|цена|стои[тм]\\p{L}*|fiyat\\p{L}*)";
const noPrice =
  "(?!\\d|[.,:/-]\\d|\\s?(?:%|[ap]\\.?m|uhr|o'clock|years?|months?|weeks?|days?|hours?|h|min(?:ute)?s?|things?|questions?|options?|parts?|steps?|people|persons?)(?!\\p{L}))";
/** A number that is a price by the words beside it. */
const worded = [
  new RegExp(`(?<!\\p{L})${priceWord}(?!\\p{L})[^.!?\\n\\d]{0,40}(?<![\\d.,])(?<second>${amount})${noPrice}`, "giu"),
  /(?:价格|価格|가격|가격은)\D{0,10}(?<second>\d[\d.,]*)/gu,
  new RegExp(
    `\\b(?:it|that|this|they|which|all)(?:'s|\\s(?:is|are|was|would be|will be|comes? to))\\s(?:only |just |about |around )?(?<second>${amount})(?=\\s(?:for|in all|in total|per|each|altogether|plus|all in|a (?:month|year|week|piece))\\b)`,
    "giu",
  ),
  new RegExp(
    `(?<second>${amount})\\s(?:per|a|an|each)\\s(?:month|year|piece|head|roof|panel|unit|user|seat|person|hour|night|visit|session|window|licen[cs]e)\\b`,
    "giu",
  ),
  // Smaller ones may be times.
  /\b(?:(?:we|i) (?:can|could) do|how about|let's say|what about|make it) (?:it for )?(?<second>\d{3,6})(?=\s*(?:[.!?,;]|$|for\b|per\b|all\b))/gim,
  new RegExp(
    `(?<second>${amount})\\s?(?:/\\s?(?:month|mo|year|yr|piece)|monthly|yearly|all in|all included|up ?front)\\b`,
    "giu",
  ),
];
/** "A panel ...... 400": a line of a price list. */
const lineOfList = new RegExp(`(?<![\\d.,])(?<second>${amount})\\s*$`, "gimu");
const aboutPrices = new RegExp(`(?<!\\p{L})(?:${priceWord}|(?<unit>${currency}))(?!\\p{L})`, "giu");

const spelledOut = [
  /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|zero|a few|couple)[\w -]{0,30}\s(?:dollars?|euros?|pounds?|bucks|quid|cents?|pence|per ?cent|francs?|rupees?)\b/gi,
  // "It's twelve hundred.", and no "two hundred roofs".
  /\b(?:a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|several) (?:hundred|thousand)(?: and [a-z-]{3,12})?(?=\s*(?:[.,!?;)]|$|for\b|per\b|a month\b|a year\b|in total\b|all in\b|each\b|monthly\b|altogether\b))|\b(?:a |one )?(?:tenner|fiver)s?\b/gim,
  /(?<!\p{L})(?:\p{L}*(?:hundert|tausend|zig|zehn)\p{L}*|(?:\p{L}+[ -])?(?:cents?|mille)|\p{L}*(?:honderd|duizend|hundra|hundre|tusen)\p{L}*|\p{L}*(?:cento|mila)|(?:\p{L}+[ -])?(?:cien|\p{L}*cientos|quinientos|mil)) (?:euros?|dollars?|dollari|dólares|reais|franken|francs?|pfund|pond|kron(?:or|er))(?!\p{L})|(?<!\p{L})\p{L}*(?:set|sta|sto|tysi[ąę]c\p{L}*) z[łl]ot(?:ych|e)(?!\p{L})/giu,
  /(?<!\p{L})(?:сто|двести|\p{L}+ста|\p{L}+сот|тысяч\p{L}*|полторы тысячи) (?:рубл|доллар|евро)\p{L}*|(?:\d{1,9}\s?[万萬만천백千百]|[一二三四五六七八九十百千万萬两兩]){1,30}\s?(?:元|块|塊|欧元|歐元|美元|円|원|ユーロ|ドル|달러|유로)|(?:مئة|مائة|مئتا|ألف|آلاف|مليون) (?:دولار|يورو|ريال|درهم|جنيه)/giu,
  /\b(?:\d{1,4}(?:[.,]\d)?|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|a few|a couple of) grand\b/gi,
  // The last word of a number: "trois cent cinquante euros".
  /(?<!\p{L})(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|\p{L}*vingts?|trente|quarante|cinquante|soixante|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|ciento|dois|três|quatro|sete|oito|nove|dez|vinte|trinta|quarenta|cinquenta|sessenta|oitenta|cem|\p{L}*centos|\p{L}*(?:anta|venti|trenta|dieci)|zwei|drei|vier|fünf|sechs|sieben|acht|neun|elf|zwölf) (?:euros?|dollars?|d[oó]lares|dollari|pesos|reais|libras|livres|francs?|franken)(?!\p{L})/giu,
  /(?<!\p{L})(?:\p{L}*(?:yüz|bin|milyon|yirmi|otuz|kırk|elli|altmış|yetmiş|seksen|doksan) (?:lira|tl|dolar|euro|avro)|\p{L}*(?:set|sta|sto|dzieści|dziesiąt|tysi[ąę]c\p{L}*) (?:euro|dolar\p{L}*)|\p{L}*(?:десят|дцать|сорок|девяносто) (?:рубл|доллар|евро)\p{L}*)|[일이삼사오육칠팔구십백천만]{1,8}\s?(?:원|달러|유로)|(?:सौ|हज़ार|हजार|लाख)\s?(?:रुपये|रुपए|डॉलर|यूरो)/giu,
];

interface Price {
  words: string;
  /** Null: none is named. */
  unit: string | null;
  number: string;
}

function pricesIn(text: string): Price[] {
  const found: Price[] = [];
  const take = (pattern: RegExp, within: string) => {
    for (const match of within.matchAll(pattern)) {
      const { unit, first, second } = match.groups!;
      if (unit !== undefined && !isCurrency(unit)) continue;
      for (const value of [first, second]) {
        if (value !== undefined) {
          found.push({
            words: match[0].trim(),
            unit: unit === undefined ? null : unitOf(unit),
            number: numberOf(value),
          });
        }
      }
    }
  };
  for (const pattern of Object.values(priced)) take(pattern, text);
  const rest = withoutPriced(text);
  for (const pattern of worded) take(pattern, rest);
  return found;
}

/** An amount with its currency is of that one alone: "costs $400" is no source of €400. What stands for it ends a sentence. */
const withoutPriced = (text: string): string =>
  [priced.before, priced.after].reduce(
    (rest, pattern) =>
      rest.replace(pattern, (words, ...given) => {
        const { unit } = given.at(-1) as { unit: string };
        return isCurrency(unit) ? "!" : words;
      }),
    text,
  );

const unitOf = (words: string) => units.find(([, pattern]) => pattern.test(words))?.[0] ?? "%";

/** What it says of money that isn't in the sources. `said`: where else a number may come from. */
export function unknownPrices(text: string, sources: readonly string[], said: string): [key: string, detail: string][] {
  const problems: [string, string][] = [];
  const prices = pricesIn(text);
  const known = prices.length === 0 ? new Set<string>() : knownPrices(sources);
  for (const { words, unit, number: value } of prices) {
    const is =
      unit === null ? known.has(value) : known.has(`${unit} ${value}`) || (unit !== "%" && known.has(`any ${value}`));
    if (!is) problems.push([value, `"${words}" is not in the knowledge.`]);
  }
  for (const [words] of spelledOut.flatMap((pattern) => [...text.matchAll(pattern)])) {
    if (!simple(sources.join("\n")).includes(simple(words)))
      problems.push([words, `"${words}" is not in the knowledge.`]);
  }
  const large = [...numbersOf(text)].filter((value) => Number(value) >= 1_000);
  const numbers = large.length === 0 ? large : [...numbersOf(`${sources.join("\n")}\n${said}`)];
  for (const value of large) {
    if (!numbers.includes(value)) problems.push([value, `The number ${value} is not in the knowledge.`]);
  }
  return problems;
}

function isAboutPrices(source: string): boolean {
  for (const { groups } of source.matchAll(aboutPrices))
    if (groups!.unit === undefined || isCurrency(groups!.unit)) return true;
  return false;
}

/** "$ 400" for an amount with its currency, "any 400" for one without, "400" for both. */
function knownPrices(sources: readonly string[]): Set<string> {
  const known = new Set<string>();
  for (const source of sources) {
    const listed = isAboutPrices(source)
      ? [...withoutPriced(source).matchAll(lineOfList)].map(({ groups }) => ({
          unit: null,
          number: numberOf(groups!.second!),
        }))
      : [];
    for (const { unit, number: value } of [...pricesIn(source), ...listed])
      known.add(`${unit ?? "any"} ${value}`).add(value);
  }
  return known;
}

const factors: readonly [RegExp, number][] = [
  [/(?:k|thousand|tausend|mille|mil)$/, 1_000],
  [/lakhs?$/, 100_000],
  [/(?:m|million)$/, 1_000_000],
  [/crores?$/, 10_000_000],
];

/** "1,200.00" and "1200" are one number. */
function numberOf(text: string): string {
  const digits = text.toLowerCase().replace(/[\s']/g, "");
  const factor = factors.find(([pattern]) => pattern.test(digits))?.[1] ?? 1;
  let bare = digits.replace(/[a-z]+$/, "").replace(/[.,]+$/, "");
  const decimals = /[.,](\d{1,2})$/.exec(bare);
  if (decimals) bare = `${bare.slice(0, -decimals[0].length).replace(/[.,]/g, "")}.${decimals[1]}`;
  else bare = bare.replace(/[.,]/g, "");
  return String(Number(bare) * factor);
}

/** 10 m may be metres. */
const plain = new RegExp(`${number}(?:\\s?(?:k|thousand|million|tausend|lakhs?|crores?)(?!\\p{L}))?`, "giu");

/** Dates and telephone numbers are judged elsewhere. */
const elsewhere =
  /\+?\d[\d ().-]{7,18}\d|\b\d{3}[-. ]\d{4}\b|\b\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b|[a-z]{1,20}:\/\/\S+/gi;

function numbersOf(text: string): Set<string> {
  const rest = text.replace(elsewhere, " ");
  return new Set((rest.match(plain) ?? []).map(numberOf));
}
