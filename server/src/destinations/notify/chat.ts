import { retryAfterMs } from "../../domain/retry-after.ts";
import type { Exchange } from "../webhook/exchange.ts";
import type { Digest, Note } from "./words.ts";

/** How notifications look somewhere. Pure. */
export interface Medium {
  readonly kind: "slack" | "teams" | "discord" | "email";
  /** Its name, for people. */
  readonly name: string;
  note(note: Note): object;
  digest(digest: Digest): object;
}

/** What a chat is: how it wants messages, and what its answers mean. Nothing here posts. */
export interface Chat extends Medium {
  /** What is wrong with a webhook's URL, or null. */
  urlProblem(url: URL): string | null;
  /** The URL without what is secret of it. */
  shown(url: URL): string;
  /** What an answer means. */
  read(exchange: Exchange): Posted;
  /** A body that a webhook that works refuses without posting it, and how that is seen; null: it has none. */
  readonly proof: { body: object; proves(exchange: Exchange): boolean } | null;
}

/** What became of a post. `detail` is for people. */
export type Posted =
  | { outcome: "posted"; detail?: string }
  /** Later. `afterMs`: it asks to be spared for so long. */
  | { outcome: "retry"; detail: string; afterMs?: number }
  /** This message will never be taken. */
  | { outcome: "invalid"; detail: string }
  /** The webhook posts no more, until somebody acts. */
  | { outcome: "gone"; code: string; detail: string };

/** What HTTP itself says; null: the chat's own answer has to be looked at. */
export function readHttp(chat: string, exchange: Exchange): Posted | null {
  const { statusCode: status, error, headers } = exchange;
  // It may have been posted all the same: see the flusher.
  if (error) return { outcome: "retry", detail: `${chat} couldn't be reached: ${error.detail}` };
  if (status === null) return { outcome: "retry", detail: `${chat} gave no answer.` };
  if (status >= 200 && status < 300) return { outcome: "posted" };
  if (status === 429) {
    const header = headers["retry-after"];
    const afterMs = retryAfterMs(Array.isArray(header) ? header[0] : header, new Date());
    return {
      ...{ outcome: "retry", detail: `${chat} asks to post less (429).` },
      ...(afterMs === null ? {} : { afterMs }),
    };
  }
  if (status >= 500 || status === 408) return { outcome: "retry", detail: `${chat} answered ${status}.` };
  if (status >= 300 && status < 400)
    return {
      ...{ outcome: "gone", code: "redirected" },
      detail: `The webhook's URL leads elsewhere (${status}). Give the destination the URL that ${chat} shows now.`,
    };
  return null;
}

/** The beginning of an answer, in one line. */
export const briefly = (body: string): string => body.replace(/\s+/g, " ").trim().slice(0, 200);
