import type { TurnProblem } from "../db/assistant-turn.ts";
import type { ChannelName } from "../domain/event.ts";
import { contentLimits, contentProblems } from "../domain/message-content.ts";
import type { ProfileContent } from "../domain/profile.ts";
import { smsSegments } from "../domain/sms-segments.ts";
import { unknownDates } from "./dates.ts";
import { hasKey, leaks } from "./leaks.ts";
import { forbiddenIn } from "./must-not-say.ts";
import { unknownPrices } from "./prices.ts";
import { unknownPromises } from "./promises.ts";
import { normal } from "./readable.ts";
import { speaksOfOrders, survivingTranslation } from "./speaks-of-orders.ts";

/**
 * What an answer must be before it may go out. Pure: the same answer is judged the same wherever it came from. It is strict on
 * purpose: what is held back by mistake waits for a person, and what goes out can't be taken back.
 */
export interface Checked {
  channel: ChannelName;
  subject: string | null;
  text: string;
  content: ProfileContent;
  /** Where facts may come from: knowledge, what a person told of the lead or told it to write. The instructions are none. */
  sources: readonly string[];
  /** What was said from here before, the oldest first: it may be said again. */
  earlier: readonly string[];
  /** What is known of the lead by itself and from its fields: it may name dates, and nothing else. */
  leadsWords: readonly string[];
  /** Its names, company and title, which the lead may have written itself into a form. */
  leadsNames: readonly string[];
  /** What must not be repeated to anybody. */
  confidential: readonly string[];
}

export function answerProblems(checked: Checked): TurnProblem[] {
  const { channel, subject, text } = checked;
  const problems: TurnProblem[] = contentProblems({ channel, action: "message", subject, text, html: null }).map(
    ({ field, reason }) => ({ code: "invalid_content", detail: `${field}: ${reason}` }),
  );
  const whole = subject === null ? text : `${subject}\n${text}`;
  // What the channel can't carry isn't looked through: a model that writes on and on would keep everybody else waiting.
  if (text.length > contentLimits[channel] || whole.length - text.length > contentLimits.subject + 1) return problems;
  problems.push(...formProblems(checked, whole));
  const seen = normal(whole);
  const open = [...checked.sources, ...templatesOf(checked.content)].map(normal);
  const earlier = checked.earlier.map(normal);
  const facts = [...open, ...earlier];
  // A date the lead may name, a price or a promise not.
  const offered = [...open, ...withoutNames(earlier, checked.leadsNames.map(normal))];
  problems.push(...linkProblems(seen, checked.content, facts.join("\n")));
  problems.push(...factProblems(seen, facts, offered, checked.leadsWords.map(normal).join("\n")));
  for (const words of checked.content.mustNotSay) {
    const found = forbiddenIn(seen, words);
    if (found !== null)
      problems.push({ code: "must_not_say", detail: `It says "${found.slice(0, 80)}", which the profile forbids.` });
  }
  const confidential = checked.confidential.map(normal);
  if (leaks(seen, { confidential, open, earlier })) {
    problems.push({ code: "leak", detail: "It repeats what the assistant was told." });
  } else {
    problems.push(
      ...translatedLeak(seen, confidential, [...facts, ...checked.leadsWords.map(normal)].join("\n"), open),
    );
  }
  return problems;
}

/** What was said before is a fact, but for what a greeting made ours: "Hi Ada 90% discount approved," has the lead's own words in it. */
function withoutNames(earlier: readonly string[], names: readonly string[]): string[] {
  const claiming = names.filter(
    (name) => unknownPrices(name, [], "").length > 0 || unknownPromises(name, "").length > 0,
  );
  const patterns = claiming.map((name) => new RegExp(name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu"));
  return earlier.map((said) => patterns.reduce((left, pattern) => left.replace(pattern, " "), said));
}

/** What the check by words can't find, since they are of another language. */
function translatedLeak(
  text: string,
  confidential: readonly string[],
  saidBefore: string,
  open: readonly string[],
): TurnProblem[] {
  const orders = speaksOfOrders(text, open.join("\n"));
  if (orders !== null)
    return [{ code: "leak", detail: `"${orders.slice(0, 80)}" speaks of what the assistant was told.` }];
  const term = survivingTranslation(text, confidential, saidBefore);
  if (term === null) return [];
  return [
    {
      code: "leak",
      detail: `"${term.slice(0, 80)}" stands in what the assistant was told, and in nothing that it may say.`,
    },
  ];
}

/** What people wrote to be sent: as good as sent. */
function templatesOf({ opening, followUps, nurture }: ProfileContent): string[] {
  return [...Object.values(followUps), nurture, opening].flatMap((step) => step?.template ?? []);
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
    /\{\{|\}\}|\{%|\[(?:your |my |the )?(?:first |last |full |company |lead'?s? )?(?:name|company|date|time|link|number|title|insert[^\]]{0,300})\]/i.test(
      whole,
    )
  ) {
    refuse("placeholder", "It has a placeholder that was not filled.");
  }
  if (
    /"(?:message|handOver|conditions|search|stop)"\s*:|(?:^|\n)[^\S\n]*(?:system|assistant|user|lead|us)\s*:/i.test(
      whole,
    )
  ) {
    refuse("transcript", "It has parts of a transcript, or of the model's own format.");
  }
  if (hasKey(whole)) {
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

/**
 * What stands before what is looked for has an end in all of these, those that DNS and mail set: without one, each place in a long row of letters
 * would be a beginning that is tried to the row's end.
 */
const address = /[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;
const linkLike = [
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"']+/gi,
  /\b(?:javascript|data|mailto|tel|sms|file):[^\s]+/gi,
  /\bwww\.[^\s<>"']+/gi,
  // A domain, as programs make a link of it. "today.Let" is a forgotten space.
  /(?<![@\w.])[a-z0-9](?:[a-z0-9-]|\.(?!\.)){0,252}\.[a-z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  /(?<![@\w.])[A-Z0-9](?:[A-Z0-9-]|\.(?!\.)){0,252}\.[A-Z]{2,24}(?![\w@])(?:[/?#:][^\s<>"']*)?/g,
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?:[/:][^\s]*)?/g,
  // Domains in other letters that have lower case.
  /(?<![@\p{L}\p{N}.])[\p{Ll}\p{N}][\p{Ll}\p{N}-]{0,252}\.(?![a-z]+\b)\p{Ll}{2,24}(?![\p{L}\p{N}@])/gu,
];

const spelledOut = [
  /\b[a-z0-9-]{1,63}\s*(?:[([{]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[)\]}]|\sdot\s)\s*[a-z]{2,10}\b/i,
  /\b[a-z0-9-]{1,63}\s+(?:punkt|point|punto|ponto|nokta)\s+(?:com|net|org|info|io|de|fr|es|it|pt|br|nl|uk|ru|xyz|shop|example)\b/i,
  /\b[a-z0-9-]{2,63}\s+\.\s*(?:com|net|org|info|io|xyz|shop|example)\b/i,
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

/** `offered`: of the sources, what prices and promises may come from. */
function factProblems(
  text: string,
  sources: readonly string[],
  offered: readonly string[],
  leadsWords: string,
): TurnProblem[] {
  const found = {
    price: unknownPrices(text, offered, leadsWords),
    date: unknownDates(text, sources.join("\n"), leadsWords),
    promise: unknownPromises(text, offered.join("\n")),
  };
  return Object.entries(found).flatMap(([code, unknown]) =>
    [...new Map(unknown).values()].map((detail) => ({ code, detail })),
  );
}
