import { setTimeout as delay } from "node:timers/promises";
import type { HeraldEvent } from "../../domain/event.ts";
import type { Format } from "../../domain/format.ts";
import { whyNot } from "../api-client.ts";

export interface ForwardOptions {
  url: string;
  format: Format;
  secret: string;
  /** Milliseconds before each further try after an answer other than 2xx. */
  pauses?: readonly number[];
  /** Milliseconds between tries while nothing answers at all. */
  downPauses?: readonly number[];
  /** A try has failed; `nextInMs` null: it was the last one. */
  onFailure: (reason: string, nextInMs: number | null) => void;
  signal: AbortSignal;
}

export type Forwarded = { delivered: true; status: number; ms: number } | { delivered: false; reason: string };

const defaultPauses = [1_000, 2_000, 4_000];
const defaultDownPauses = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** As a webhook destination's deadline. */
const deadlineMs = 30_000;

/**
 * POSTs an event to a handler, signed anew for each try. An answer other than 2xx is tried again a few times; while
 * nothing answers at all the event waits, for as long as it takes: its handler is being restarted.
 */
export async function forward(event: HeraldEvent, options: ForwardOptions): Promise<Forwarded> {
  const { format, pauses = defaultPauses, downPauses = defaultDownPauses, signal } = options;
  const { eventId } = event;
  const body = format.body({ ...event, data: JSON.stringify(event.data) });
  let refusals = 0;
  let downs = 0;
  for (;;) {
    const answer = await post(options, eventId, body);
    if (signal.aborted) return { delivered: false, reason: "stopped" };
    if ("status" in answer && answer.status >= 200 && answer.status < 300) return { delivered: true, ...answer };
    let pause: number | undefined;
    if ("status" in answer) pause = pauses[refusals++];
    else pause = downPauses[Math.min(downs++, downPauses.length - 1)];
    const reason = "status" in answer ? `answered ${answer.status}` : answer.reason;
    options.onFailure(reason, pause ?? null);
    if (pause === undefined) return { delivered: false, reason };
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}

async function post(
  { url, format, secret, signal }: ForwardOptions,
  eventId: string,
  body: string,
): Promise<{ status: number; ms: number } | { reason: string }> {
  const started = performance.now();
  const headers = format.sign({ eventId, body, secrets: [secret], at: new Date() });
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "Herald (herald listen)", ...headers },
      body,
      // A destination's redirects are not followed either.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    await response.arrayBuffer();
    return { status: response.status, ms: Math.round(performance.now() - started) };
  } catch (error) {
    if ((error as Error).name === "TimeoutError") return { reason: `no answer in ${deadlineMs / 1_000} s` };
    return { reason: `no connection (${whyNot(error)})` };
  }
}
