import { briefly, type Chat, type Posted, readHttp } from "./chat.ts";
import { cut } from "./text.ts";
import type { Note } from "./words.ts";

/**
 * Microsoft Teams by the webhook of a workflow ("Post to a channel when a webhook request is received"): an adaptive card,
 * at most 28 KB. Leads' words stand in runs of text, which unlike a text block knows no markdown.
 */
interface Run {
  text: string;
  strong?: boolean;
  faint?: boolean;
  colour?: "Good" | "Attention" | "Default";
  link?: string | null;
}

const runs = (...parts: Run[]) => ({
  type: "RichTextBlock",
  inlines: parts.map(({ text, strong, faint, colour, link }) => ({
    ...{ type: "TextRun", text },
    ...(strong ? { weight: "Bolder" } : {}),
    ...(faint ? { isSubtle: true } : {}),
    ...(colour ? { color: colour } : {}),
    ...(link ? { selectAction: { type: "Action.OpenUrl", url: link } } : {}),
  })),
});

function card(body: object[], link: string | null): object {
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          ...{ type: "AdaptiveCard", version: "1.4", msteams: { width: "Full" }, body },
          ...(link === null ? {} : { actions: [{ type: "Action.OpenUrl", title: "Open", url: link }] }),
        },
      },
    ],
  };
}

const colours = { good: "Good", bad: "Attention", plain: "Default" } as const;
const when = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Of a digest's lines, so that twenty of them fit into a card. */
const longestLink = 500;

function line({ icon, title, quote, link }: Note): object {
  const words = quote === null ? [] : [{ text: ` – ${cut(quote.replace(/\n/g, " "), 100)}`, faint: true }];
  return runs({ text: `${icon} ` }, { text: title, link: link && link.length <= longestLink ? link : null }, ...words);
}

const goneStatuses = [401, 403, 404, 410];

function read(exchange: Parameters<Chat["read"]>[0]): Posted {
  const known = readHttp("Teams", exchange);
  // Connectors of old answer 200 and say in words that nothing was posted.
  const failed = known?.outcome === "posted" && /delivery failed/i.test(exchange.body);
  if (failed && /\b(429|5\d\d)\b/.test(exchange.body))
    return { outcome: "retry", detail: `Teams didn't take it: ${briefly(exchange.body)}` };
  if (failed) return { outcome: "invalid", detail: `Teams didn't take it: ${briefly(exchange.body)}` };
  if (known) return known;
  const why = `${exchange.statusCode} ${briefly(exchange.body)}`;
  if (/WorkflowTriggerIsNotEnabled|WorkflowIsNotEnabled/i.test(exchange.body))
    return {
      ...{ outcome: "gone", code: "workflow_off" },
      detail: `The workflow is turned off. Turn it on in Power Automate, and enable the destination. (${why})`,
    };
  if (goneStatuses.includes(exchange.statusCode!))
    return {
      ...{ outcome: "gone", code: "webhook_refused" },
      detail: `The workflow was deleted, or lets only signed-in people call it (${why}). Let anyone trigger it, or make a new one, and give the destination its URL.`,
    };
  return { outcome: "invalid", detail: `Teams doesn't take the message (${why}).` };
}

export const teams: Chat = {
  kind: "teams",
  name: "Teams",
  urlProblem: () => null,
  shown: (url) => `${url.origin}/***`,
  note({ icon, title, quote, facts, link, at, tone }) {
    const body = [
      runs({ text: `${icon} ${title}`, strong: true, colour: colours[tone] }),
      ...(quote === null ? [] : quote.split("\n").map((text) => runs({ text: text === "" ? " " : text }))),
      runs({ text: [...facts, when(at)].join("  ·  "), faint: true }),
    ];
    return card(body, link);
  },
  digest({ title, counts, notes, more }) {
    const tally = counts.map(({ label, n }) => `${n.toLocaleString("en-US")} ${label}`).join("  ·  ");
    const rest = more > 0 ? [runs({ text: `… and ${more.toLocaleString("en-US")} more.`, faint: true })] : [];
    return card(
      [runs({ text: title, strong: true }), runs({ text: tally, faint: true }), ...notes.map(line), ...rest],
      null,
    );
  },
  read,
  // A workflow accepts whatever comes, and looks at it afterwards.
  proof: null,
};
