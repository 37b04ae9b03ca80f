import type { TurnProblem } from "../db/assistant-turn.ts";
import type { ChannelName } from "../domain/event.ts";
import { contentLimits, contentProblems } from "../domain/message-content.ts";
import type { ProfileContent } from "../domain/profile.ts";
import { smsSegments } from "../domain/sms-segments.ts";
import { unknownDates } from "./dates.ts";
import { hasKey, leaks } from "./leaks.ts";
import { linkProblems } from "./links.ts";
import { forbiddenIn } from "./must-not-say.ts";
import { unknownPrices } from "./prices.ts";
import { unknownPromises } from "./promises.ts";
import { normal, undisguised } from "./readable.ts";
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
  const leadsNames = checked.leadsNames.map(normal);
  const leadsWords = checked.leadsWords.map(normal).join("\n");
  // A date the lead may name, a price or a promise not.
  const offered = [...open, ...withoutNames(earlier, leadsNames)];
  problems.push(...linkProblems(seen, checked.content, { sources: facts.join("\n"), leadsWords, leadsNames }));
  problems.push(...factProblems(seen, facts, offered, leadsWords));
  const plain = undisguised(seen);
  for (const words of checked.content.mustNotSay) {
    const found = forbiddenIn(seen, words) ?? (plain === seen ? null : forbiddenIn(plain, words));
    if (found !== null)
      problems.push({ code: "must_not_say", detail: `It says "${found.slice(0, 80)}", which the profile forbids.` });
  }
  const confidential = checked.confidential.map(normal);
  if (leaks(seen, { confidential, open, earlier })) {
    problems.push({ code: "leak", detail: "It repeats what the assistant was told." });
  } else {
    problems.push(...translatedLeak(seen, confidential, [...facts, leadsWords].join("\n"), open));
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
