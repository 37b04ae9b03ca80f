import { isDeepStrictEqual } from "node:util";
import { rescheduleNotifications } from "../../db/notification.ts";
import type { Database, Queryable } from "../../db/pool.ts";
import type { StoredEvent } from "../../domain/format.ts";
import type { OpenSystem, SystemAccount, SystemAdapter, SystemCheck, SystemPreview } from "../system.ts";
import type { HttpClient } from "../webhook/http-client.ts";
import { checkDestinationUrl } from "../webhook/url-check.ts";
import type { Chat, Medium } from "./chat.ts";
import { postJson } from "./post.ts";
import { NotificationQueue } from "./queue.ts";
import {
  configProblem,
  type NotifyConfig,
  type NotifyCredentials,
  notifyConfig,
  notifyCredentials,
} from "./settings.ts";
import { dueTime, type Timing } from "./timing.ts";
import { defaultEventTypes, isRoutine, namedIn, noteOf } from "./words.ts";

export interface ChatOptions {
  db: Database;
  client: HttpClient;
  /** Whether chats may be http, on loopback and on private networks. */
  allowPrivate: boolean;
  /** Where Herald is reached, for links in previews. Default: not known. */
  publicUrl?: string | null;
  /** Something was queued. */
  wake: () => void;
  /** Unix milliseconds. Default: the system's clock. */
  clock?: () => number;
}

/** An event that is older is no news: it is skipped. Its row in the queue is kept for longer, so that none comes twice. */
export const newsForMs = 7 * 86_400_000;

/** A chat as a destination: delivering an event to it queues it; the flusher posts. */
export function chatAdapter(chat: Chat, options: ChatOptions): SystemAdapter {
  const adapter: SystemAdapter<NotifyConfig, NotifyCredentials> = {
    kind: chat.kind,
    config: notifyConfig,
    credentials: notifyCredentials,
    eventTypes: defaultEventTypes,
    // They are written together: see the queue.
    concurrency: 256,
    url: (_, { url }) => chat.shown(new URL(url)),
    // Without a URL, which its schema requires, only the settings are asked about: for a preview.
    check(config, { url }) {
      if (url === undefined) return configProblem(config);
      const reason = urlProblem(chat, url, options.allowPrivate);
      return reason === null ? configProblem(config) : { field: "credentials.url", reason };
    },
    preview: previewing(chat, options),
    named: namedIn,
    timed: true,
    changed: (tx, key, config, before) => rescheduling(tx, key, config, before, options),
    open: (account) => ({
      ...queueing(chat, account, options),
      verify: () => verify(chat, account, options),
    }),
  };
  return adapter as unknown as SystemAdapter;
}

/** The message that an event becomes where it comes by itself. */
export function previewing(
  medium: Medium,
  { publicUrl = null }: Pick<ChatOptions, "publicUrl">,
): (
  config: { linkTemplate?: string | undefined; routine?: boolean },
  event: StoredEvent,
  lead: unknown,
  names: ReadonlyMap<string, string>,
) => SystemPreview {
  return ({ linkTemplate, routine: told }, event, _, names) => {
    if (isRoutine(event) && told !== true) return { outcome: "filtered", ...routine };
    const note = noteOf(event, names, { publicUrl, linkTemplate });
    const { icon, title, quote, facts, link } = note;
    const body = medium.note(note) as Record<string, unknown>;
    return { outcome: "sent", body, look: { icon, title, quote, facts, link } };
  };
}

const routine = {
  code: "routine",
  detail: "Somebody did it themselves, or it ends by itself: this is told with config.routine.",
};

/** What waits is posted by the settings that there are now; what other settings than those of when it is posted change leaves it. */
export async function rescheduling(
  tx: Queryable,
  key: { workspaceId: string; destinationId: string },
  timing: Timing,
  before: Timing,
  { clock = Date.now }: Pick<ChatOptions, "clock">,
): Promise<void> {
  if (isDeepStrictEqual(whenOf(timing), whenOf(before))) return;
  await rescheduleNotifications(tx, key, dueTime(timing, clock()));
}

const whenOf = ({ mode, everyMinutes, dailyAt, timeZone, quietHours, quietDays }: Timing) => ({
  ...{ mode, everyMinutes, dailyAt, timeZone, quietHours, quietDays },
});

/** Delivering an event queues it. */
export function queueing(
  medium: Pick<Medium, "name">,
  account: SystemAccount<Timing & { routine?: boolean }, unknown>,
  options: ChatOptions,
): Pick<OpenSystem, "deliver" | "close"> {
  const clock = options.clock ?? Date.now;
  const queue = new NotificationQueue({ ...options, clock }, account, account.config);
  return {
    async deliver(event) {
      if (Date.parse(event.timestamp) < clock() - newsForMs)
        return { outcome: "skipped", code: "too_old", detail: "The event is more than seven days old: it is no news." };
      if (isRoutine(event) && account.config.routine !== true) return { outcome: "skipped", ...routine };
      const { dueAt, again } = await queue.add(event.eventId, event.eventType);
      const detail = again
        ? "It was queued before; nothing is posted twice."
        : account.config.mode === "digest"
          ? `Queued for ${medium.name}: it is in the digest of ${new Date(dueAt).toISOString()}.`
          : `Queued for ${medium.name}.`;
      return { outcome: "delivered", detail };
    },
    close: async () => {},
  };
}

/** Why a webhook's URL can't be used, or null. */
export function urlProblem(chat: Chat, text: string, allowPrivate: boolean): string | null {
  const checked = checkDestinationUrl(text, { allowPrivate, credentials: true });
  return checked.ok ? chat.urlProblem(new URL(checked.url)) : checked.reason;
}

async function verify(
  chat: Chat,
  { config, credentials, destinationId, name }: SystemAccount<NotifyConfig, NotifyCredentials>,
  { client, allowPrivate, clock = Date.now }: ChatOptions,
): Promise<SystemCheck> {
  const problem = urlProblem(chat, credentials.url, allowPrivate);
  if (problem !== null) return { ok: false, code: "url_refused", detail: problem };
  const { proof } = chat;
  if (!config.verifyPost && proof === null)
    return {
      ...{ ok: false, code: "not_proved" },
      detail: `The URL has the right form. Whether ${chat.name} posts can only be seen by posting: set config.verifyPost and verify again.`,
    };
  const hello = { icon: "👋", title: `Herald is connected (${name})`, quote: null, facts: [], link: null, at: clock() };
  const body = config.verifyPost ? chat.note({ ...hello, tone: "good" }) : proof!.body;
  const exchange = await postJson(client, credentials.url, destinationId, body);
  if (exchange === null) return { ok: false, code: "not_sent", detail: "Herald is busy or stopping. Try again." };
  if (!config.verifyPost && proof!.proves(exchange))
    return { ok: true, detail: `${chat.name} knows the webhook. Nothing was posted.` };
  const posted = chat.read(exchange);
  if (posted.outcome === "posted") return { ok: true, detail: `A message was posted to ${chat.name}.` };
  const code = posted.outcome === "gone" ? posted.code : posted.outcome === "retry" ? "unavailable" : "message_refused";
  return { ok: false, code, detail: posted.detail };
}
