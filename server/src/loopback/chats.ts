import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";

/**
 * Fake webhooks of Slack, Teams and Discord on loopback. Each refuses what the real one refuses, with its words, and beyond
 * that fields that it doesn't know, more than one post a second, and texts in which something is not escaped.
 */
export interface ChatOptions {
  kind: "slack" | "teams" | "discord";
  /** 0, the default, takes any free port. */
  port?: number;
  /** For its pace: unix milliseconds. Default: the system's clock. */
  clock?: () => number;
}

export interface ChatLoopback extends LoopbackServer {
  /** The webhook. */
  hook: string;
  /** Bodies that were posted, in order. */
  posts: unknown[];
  /** Why requests were refused, in order. */
  refusals: string[];
  faults: Faults;
  /** revoked: the webhook is unknown; archived: its channel is (Slack); off: its workflow is (Teams). */
  state: "works" | "revoked" | "archived" | "off";
}

type Body = Record<string, unknown>;
/** What is wrong, or null. */
type Check = (body: Body) => string | null;

const paths = {
  slack: "/services/T0000/B0000/secret",
  teams: "/workflows/abc/triggers/manual/paths/invoke",
  discord: "/api/webhooks/123456/secret",
};

export async function startChat(options: ChatOptions): Promise<ChatLoopback> {
  const { kind, clock = Date.now } = options;
  const posts: unknown[] = [];
  const refusals: string[] = [];
  const faults = new Faults();
  const { check, refuse, taken, slow } = services[kind];
  let lastAt = -Infinity;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const refused = (reason: string, answer: LoopbackAnswer): LoopbackAnswer => {
      refusals.push(reason);
      return answer;
    };
    if (request.path !== paths[kind] || chat.state !== "works")
      return refused(chat.state, gone(kind, chat.state === "works" ? "revoked" : chat.state));
    const wait = lastAt + 1_000 - clock();
    if (wait > 0) return refused("rate", slow(wait));
    let body: unknown;
    try {
      body = JSON.parse(request.body.toString());
    } catch {
      return refused("no JSON", refuse("no JSON", {}));
    }
    if (typeof body !== "object" || body === null || Array.isArray(body))
      return refused("no object", refuse("no object", {}));
    const wrong = check(body as Body);
    if (wrong !== null) return refused(wrong, refuse(wrong, body as Body));
    lastAt = clock();
    posts.push(body);
    return taken;
  }

  const arrivals = { messages: posts, counts: () => new Map(posts.map((post) => [JSON.stringify(post), 1])) };
  const server = await listen({ port: options.port, faults, arrivals, handle });
  const chat: ChatLoopback = { ...server, hook: server.url + paths[kind], posts, refusals, faults, state: "works" };
  return chat;
}

function gone(kind: ChatOptions["kind"], state: "revoked" | "archived" | "off"): LoopbackAnswer {
  if (kind === "slack")
    return state === "archived" ? { status: 410, body: "channel_is_archived" } : { status: 404, body: "no_service" };
  if (kind === "discord") return { status: 404, body: { message: "Unknown Webhook", code: 10_015 } };
  return state === "off"
    ? { status: 400, body: { error: { code: "WorkflowTriggerIsNotEnabled", message: "The workflow is disabled." } } }
    : { status: 404, body: { error: { code: "WorkflowNotFound", message: "The workflow could not be found." } } };
}

/** The first of these that says something. */
function first(...reasons: (string | null | false)[]): string | null {
  return reasons.find((reason): reason is string => typeof reason === "string") ?? null;
}

function unknownField(body: Body, known: readonly string[]): string | null {
  const field = Object.keys(body).find((name) => !known.includes(name));
  return field === undefined ? null : `unknown field ${field}`;
}

const list = (value: unknown): Body[] => (Array.isArray(value) ? (value as Body[]) : []);

const slackText = (value: unknown, most: number): string | null => {
  const { type, text } = (value ?? {}) as Body;
  if (typeof text !== "string" || text === "") return "a text is missing";
  if (text.length > most) return `a text has ${text.length} characters`;
  if (type === "plain_text") return null;
  // What is left when entities, links and dates are taken out must need no escaping.
  const rest = text
    .replace(/&(amp|lt|gt);/g, "")
    .replace(/<(https?:\/\/[^<>|]+\|[^<>|]+|!date\^\d+\^[^<>|]+\|[^<>|]+)>/g, "");
  return /[&<>]/.test(rest.replace(/^> /gm, "")) ? `not escaped: ${text}` : null;
};

const checkSlack: Check = (body) => {
  const blocks = list(body.blocks);
  if (body.text === undefined && body.blocks === undefined) return "no_text";
  return first(
    unknownField(body, ["text", "blocks", "unfurl_links", "unfurl_media"]),
    typeof body.text !== "string" && "no fallback text",
    blocks.length > 50 && `${blocks.length} blocks`,
    ...blocks.map((block) => {
      if (block.type === "header")
        return (block.text as Body).type === "plain_text" ? slackText(block.text, 150) : "a header is plain text";
      if (block.type === "section") return slackText(block.text, 3_000);
      if (block.type !== "context") return `unknown block ${String(block.type)}`;
      const elements = list(block.elements);
      if (elements.length === 0 || elements.length > 10) return "1 to 10 elements";
      return first(...elements.map((element) => slackText(element, 3_000)));
    }),
  );
};

const checkDiscord: Check = (body) => {
  const embeds = list(body.embeds);
  if (body.content === undefined && embeds.length === 0) return "empty";
  const mentions = body.allowed_mentions as { parse?: unknown[] } | undefined;
  let all = 0;
  return first(
    unknownField(body, ["content", "embeds", "allowed_mentions", "username", "avatar_url", "tts", "flags"]),
    mentions?.parse?.length !== 0 && "somebody could be mentioned",
    embeds.length > 10 && `${embeds.length} embeds`,
    ...embeds.map((embed) => {
      const [title, description] = [String(embed.title ?? ""), String(embed.description ?? "")];
      const footer = String((embed.footer as Body | undefined)?.text ?? "");
      all += title.length + description.length + footer.length;
      return first(
        unknownField(embed, ["title", "description", "url", "color", "timestamp", "footer", "fields"]),
        title.length > 256 && "a title has more than 256 characters",
        description.length > 4_096 && "a description has more than 4096 characters",
        footer.length > 2_048 && "a footer has more than 2048 characters",
        all > 6_000 && "embeds have more than 6000 characters",
      );
    }),
  );
};

const checkTeams: Check = (body) => {
  const [attachment, ...others] = list(body.attachments);
  const content = (attachment?.content ?? {}) as Body;
  const blocks = list(content.body);
  return first(
    unknownField(body, ["type", "attachments"]),
    (body.type !== "message" || others.length > 0) && "one message with one attachment",
    attachment?.contentType !== "application/vnd.microsoft.card.adaptive" && "no adaptive card",
    (content.type !== "AdaptiveCard" || !/^1\.[0-5]$/.test(String(content.version))) && "no card of a known version",
    blocks.length === 0 && "an empty card",
    JSON.stringify(body).length > 28_000 && "more than 28 KB",
    ...blocks.map((block) => {
      // A text block would read what leads wrote as markdown.
      if (block.type !== "RichTextBlock") return `unknown element ${String(block.type)}`;
      const runs = list(block.inlines);
      const wrong = runs.some(({ type, text }) => type !== "TextRun" || typeof text !== "string" || text === "");
      return wrong || runs.length === 0 ? "a run without text" : null;
    }),
  );
};

interface Service {
  check: Check;
  refuse(why: string, body: Body): LoopbackAnswer;
  slow(waitMs: number): LoopbackAnswer;
  taken: LoopbackAnswer;
}

const retryAfter = (ms: number) => ({ "retry-after": String(Math.ceil(ms / 1_000)) });

const services: { readonly [K in ChatOptions["kind"]]: Service } = {
  slack: {
    check: checkSlack,
    refuse: (why) => ({
      status: 400,
      body: why === "no_text" ? why : /block|text|escaped/.test(why) ? "invalid_blocks" : "invalid_payload",
    }),
    slow: (ms) => ({ status: 429, body: "rate_limited", headers: retryAfter(ms) }),
    taken: { status: 200, body: "ok" },
  },
  discord: {
    check: checkDiscord,
    refuse: (why) =>
      why === "empty"
        ? { status: 400, body: { message: "Cannot send an empty message", code: 50_006 } }
        : { status: 400, body: { message: `Invalid Form Body: ${why}`, code: 50_035 } },
    slow: (ms) => ({
      status: 429,
      body: { message: "You are being rate limited.", retry_after: ms / 1_000, global: false },
      headers: retryAfter(ms),
    }),
    taken: { status: 204, body: "" },
  },
  teams: {
    check: checkTeams,
    refuse: (why) => ({ status: 400, body: { error: { code: "InvalidRequest", message: why } } }),
    slow: (ms) => ({ status: 429, body: { error: { code: "TooManyRequests" } }, headers: retryAfter(ms) }),
    taken: { status: 202, body: "" },
  },
};
