import type { LoopbackAnswer, LoopbackRequest } from "./http.ts";
import { refusal, type TwilioMessage } from "./twilio-message.ts";

const parameters = new Set(["To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"]);

/**
 * `GET Messages.json`: newest first, filtered, in pages that name the next one. A date filter leaves out what has no
 * `date_sent` yet, which is the stricter reading of Twilio's documentation (it filters on the date of sending).
 */
export function listMessages(request: LoopbackRequest, messages: readonly TwilioMessage[]): LoopbackAnswer {
  const { query } = request;
  const unknown = [...query.keys()].find((name) => !parameters.has(name));
  const pageSize = Number(query.get("PageSize") ?? 50);
  const page = Number(query.get("Page") ?? 0);
  if (unknown !== undefined || !Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1000 || !(page >= 0)) {
    return refusal(400, 20001, `Invalid parameter ${unknown ?? "PageSize or Page"}`);
  }
  const found = messages.filter((message) => matches(message, query)).reverse();
  // A page begins after the message that its token names: what arrives meanwhile must not shift the pages.
  const token = query.get("PageToken")?.slice(2);
  const start = token ? found.findIndex((message) => message.sid === token) + 1 : 0;
  const shown = found.slice(start, start + pageSize);
  const last = shown.at(-1);
  const hasMore = last !== undefined && start + pageSize < found.length;
  const next = new URLSearchParams(query);
  if (hasMore) {
    next.set("Page", String(page + 1));
    next.set("PageToken", `PA${last.sid}`);
  }
  return {
    status: 200,
    body: {
      page,
      page_size: pageSize,
      uri: request.path,
      next_page_uri: hasMore ? `${request.path}?${next}` : null,
      messages: shown.map(({ status_callback: _, ...resource }) => resource),
    },
  };
}

function matches(message: TwilioMessage, query: URLSearchParams): boolean {
  const to = query.get("To");
  const from = query.get("From");
  if (to !== null && message.to !== to) return false;
  if (from !== null && message.from !== from) return false;
  const on = query.get("DateSent");
  const after = query.get("DateSent>");
  const before = query.get("DateSent<");
  if (on === null && after === null && before === null) return true;
  if (message.date_sent === null) return false;
  const day = new Date(message.date_sent).toISOString().slice(0, 10);
  return (on === null || day === on) && (after === null || day >= after) && (before === null || day <= before);
}
