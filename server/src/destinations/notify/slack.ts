import { briefly, type Chat, type Posted, readHttp } from "./chat.ts";
import { cut, packed } from "./text.ts";
import type { Note } from "./words.ts";

/**
 * Slack's incoming webhooks: Block Kit. At most 50 blocks, 3,000 characters a section's text, 150 a header's; `&`, `<` and
 * `>` are escaped, all else can't be a mention or a link (https://docs.slack.dev/messaging/formatting-message-text).
 */
const most = { section: 3_000, header: 150, counts: 30 };

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
/** In a link's address `|` and `>` would end it. */
const linked = (url: string, words: string) =>
  `<${escaped(url).replace(/\|/g, "%7C")}|${escaped(words).replace(/\|/g, "/")}>`;

/** `verbatim`: Slack makes no links and names of what looks like one. */
const mrkdwn = (text: string) => ({ type: "mrkdwn", text, verbatim: true });
const section = (text: string) => ({ type: "section", text: mrkdwn(text) });
const context = (text: string) => ({ type: "context", elements: [mrkdwn(text)] });
const quoted = (text: string) =>
  text
    .split("\n")
    .map((line) => `> ${escaped(line)}`)
    .join("\n");

/** Nothing that a lead wrote is fetched by Slack for a preview. */
const quiet = { unfurl_links: false, unfurl_media: false };

const when = (at: number) => {
  const shown = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${shown} UTC>`;
};

function line({ icon, title, quote, link }: Note): string {
  const words = quote === null ? "" : ` – _${escaped(cut(quote.replace(/\n/g, " "), 100)).replace(/_/g, "\u200b_")}_`;
  return `${icon} ${link === null ? escaped(title) : linked(link, title)}${words}`;
}

/** What Slack says of a webhook that won't post any more, and what to do. */
const goneCodes: Readonly<Record<string, string>> = {
  no_service: "The webhook was revoked or its app removed from Slack. Make a new one",
  no_service_id: "The webhook's URL is not complete. Copy it again",
  no_active_hooks: "The webhook was disabled in Slack. Make a new one",
  invalid_token: "The webhook's URL is wrong or was revoked. Make a new one",
  no_team: "The Slack workspace is not there any more. Make a webhook in another one",
  team_disabled: "The Slack workspace is disabled. Make a webhook in another one",
  channel_not_found: "The channel was deleted. Make a webhook for another channel",
  channel_is_archived:
    "The channel is archived. Unarchive it and enable the destination, or make a webhook for another channel",
  action_prohibited:
    "An admin of the Slack workspace has forbidden it. Ask them to allow the app, and enable the destination",
  posting_to_general_channel_denied: "Posting to #general is restricted. Make a webhook for another channel",
  user_not_found: "The webhook's user is not there any more. Make a new webhook",
};

function read(exchange: Parameters<Chat["read"]>[0]): Posted {
  const known = readHttp("Slack", exchange);
  if (known) return known;
  const code = briefly(exchange.body);
  const what = goneCodes[code];
  if (what !== undefined)
    return { outcome: "gone", code, detail: `${what}, and give the destination its URL. (Slack says: ${code})` };
  if ([401, 403, 404, 410].includes(exchange.statusCode!))
    return {
      ...{ outcome: "gone", code: "webhook_refused" },
      detail: `Slack refuses the webhook (${exchange.statusCode} ${code}). Make a new one, and give the destination its URL.`,
    };
  return { outcome: "invalid", detail: `Slack doesn't take the message (${exchange.statusCode} ${code}).` };
}

export const slack: Chat = {
  kind: "slack",
  name: "Slack",
  urlProblem(url) {
    if (!/(^|\.)slack(-gov)?\.com$/.test(url.hostname)) return null;
    return /^\/services\/[^/]+\/[^/]+\/[^/]+$/.test(url.pathname)
      ? null
      : "This is not an incoming webhook of Slack; they look like https://hooks.slack.com/services/T000/B000/XXXX.";
  },
  shown(url) {
    const [, services, team, hook] = url.pathname.split("/");
    return services === "services" ? `${url.origin}/services/${team}/${hook}/***` : `${url.origin}/***`;
  },
  note(note) {
    const { icon, title, quote, facts, link, at } = note;
    return {
      text: escaped(`${icon} ${title}`),
      blocks: [
        section(`${icon} *${link === null ? escaped(title) : linked(link, title)}*`),
        ...(quote === null ? [] : [section(quoted(quote))]),
        context([...facts.map(escaped), when(at)].join("  ·  ")),
      ],
      ...quiet,
    };
  },
  digest({ title, counts, notes, more }) {
    const tally = counts
      .slice(0, most.counts)
      .map(({ label, n }) => `*${n.toLocaleString("en-US")}* ${escaped(label)}`);
    return {
      text: escaped(title),
      blocks: [
        { type: "header", text: { type: "plain_text", text: cut(title, most.header), emoji: true } },
        ...packed([tally.join("  ·  ")], most.section).map(section),
        ...packed(notes.map(line), most.section).map(section),
        ...(more > 0 ? [context(`… and ${more.toLocaleString("en-US")} more.`)] : []),
      ],
      ...quiet,
    };
  },
  read,
  // Without text: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors".
  proof: {
    body: {},
    proves: ({ statusCode, body }) => statusCode === 400 && /^(no_text|invalid_payload)$/.test(body.trim()),
  },
};
