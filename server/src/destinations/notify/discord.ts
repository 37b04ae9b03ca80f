import { briefly, type Chat, type Posted, readHttp } from "./chat.ts";
import { cut, packed } from "./text.ts";
import type { Note } from "./words.ts";

/**
 * Discord's webhooks: embeds, at most 10 a message, 256 characters a title, 4,096 a description, 6,000 in all
 * (https://discord.com/developers/docs/resources/message#embed-object). `allowed_mentions` names nobody, so that a lead's
 * `@everyone` pings nobody.
 */
const most = { title: 256, description: 4_096, all: 5_500 };
const colours = { good: 0x2e_b6_7d, bad: 0xe0_1e_5a, plain: 0x5b_6b_7b };

const escaped = (text: string) => text.replace(/[\\*_~`|>#<[\]()@-]/g, "\\$&");
const base = { allowed_mentions: { parse: [] } };

/** Longer addresses would fill the message. */
const longestLink = 200;
/** What would end a link's address in markdown; `encodeURIComponent` leaves parentheses as they are. */
const coded = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

function line({ icon, title, quote, link }: Note): string {
  const words = quote === null ? "" : ` – ${escaped(cut(quote.replace(/\n/g, " "), 60))}`;
  const shown = escaped(cut(title, 100));
  const address = link?.replace(/[()<>\\\s]/g, coded);
  const told = address && address.length <= longestLink ? `[${shown}](${address})` : shown;
  return `${icon} ${told}${words}`;
}

function read(exchange: Parameters<Chat["read"]>[0]): Posted {
  const known = readHttp("Discord", exchange);
  let answer: { code?: unknown; message?: unknown; retry_after?: unknown } = {};
  try {
    answer = (JSON.parse(exchange.body) as typeof answer | null) ?? {};
  } catch {
    // As an answer without a code.
  }
  // The body has the parts of a second, and the header isn't always there.
  if (exchange.statusCode === 429 && known?.outcome === "retry" && typeof answer.retry_after === "number")
    return {
      ...known,
      afterMs: Math.max(known.afterMs ?? 0, Math.min(Math.ceil(answer.retry_after * 1_000), 86_400_000)),
    };
  if (known) return known;
  const { statusCode } = exchange;
  const why = `${statusCode} ${briefly(typeof answer.message === "string" ? answer.message : exchange.body)}`;
  if (answer.code === 10_015 || [401, 403, 404, 410].includes(statusCode!))
    return {
      ...{ outcome: "gone", code: answer.code === 10_015 ? "unknown_webhook" : "webhook_refused" },
      detail: `The webhook was deleted in Discord, or its URL is wrong (${why}). Make a new one, and give the destination its URL.`,
    };
  return { outcome: "invalid", detail: `Discord doesn't take the message (${why}).` };
}

export const discord: Chat = {
  kind: "discord",
  name: "Discord",
  urlProblem(url) {
    if (!/(^|\.)discord(app)?\.com$/.test(url.hostname)) return null;
    return /^\/api(\/v\d+)?\/webhooks\/\d+\/[^/]+$/.test(url.pathname)
      ? null
      : "This is not a webhook of Discord; they look like https://discord.com/api/webhooks/123/XXXX, with nothing behind it.";
  },
  shown(url) {
    const id = /\/webhooks\/(\d+)\//.exec(url.pathname)?.[1];
    return id ? `${url.origin}/api/webhooks/${id}/***` : `${url.origin}/***`;
  },
  note({ icon, title, quote, facts, link, at, tone }) {
    const embed = {
      title: cut(`${icon} ${escaped(title)}`, most.title),
      ...(quote === null ? {} : { description: escaped(quote) }),
      ...(link === null ? {} : { url: link }),
      color: colours[tone],
      ...(facts.length === 0 ? {} : { footer: { text: facts.join(" · ") } }),
      timestamp: new Date(at).toISOString(),
    };
    return { ...base, embeds: [embed] };
  },
  digest({ title, counts, notes, more }) {
    const tally = counts.map(({ label, n }) => `**${n.toLocaleString("en-US")}** ${escaped(label)}`).join(" · ");
    const lines = [cut(tally, 1_500)];
    let left = most.all - lines[0]!.length;
    // All embeds of a message together have a limit, too: what doesn't fit is counted.
    for (const note of notes) {
      const next = line(note);
      left -= next.length + 1;
      if (left < 0) break;
      lines.push(next);
    }
    const unshown = more + notes.length - (lines.length - 1);
    const embeds = packed(lines, most.description).map((description, i) => ({
      ...(i === 0 ? { title: escaped(title) } : {}),
      ...{ description, color: colours.plain },
    }));
    const footer = unshown > 0 ? { footer: { text: `… and ${unshown.toLocaleString("en-US")} more.` } } : {};
    return { ...base, embeds: embeds.map((embed, i) => (i === embeds.length - 1 ? { ...embed, ...footer } : embed)) };
  },
  read,
  // 50006: "Cannot send an empty message".
  proof: {
    body: { ...base },
    proves: ({ statusCode, body }) => statusCode === 400 && /"code":\s*50006\b/.test(body),
  },
};
