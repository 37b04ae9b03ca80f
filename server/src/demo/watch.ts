import { print } from "../cli/print.ts";
import { bar, Progress } from "../cli/progress.ts";
import type { ReceivedRequest, Receiver } from "../loopback/receiver.ts";
import type { ReceiverFormat } from "../loopback/receiver-verify.ts";
import { formats, type Peers } from "./peers.ts";
import type { Channel } from "./script.ts";

/** How much has to arrive everywhere. */
export interface Goal {
  messages: Record<Channel, number>;
  events: Record<ReceiverFormat, number>;
}

/** Resolves true as soon as everything has arrived, false when `signal` aborts before; shows how far it is meanwhile. */
export async function watchArrivals(peers: Peers, goal: Goal, signal: AbortSignal): Promise<boolean> {
  const progress = new Progress(process.stdout, { plainEveryMs: 1_000 });
  const started = performance.now();
  const show = () => progress.show(() => progressLine(peers, goal, performance.now() - started));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = () => {
    if (isReached(peers, goal)) resolve(true);
  };
  peers.onArrival(look);
  const onAbort = () => resolve(false);
  signal.addEventListener("abort", onAbort, { once: true });
  showFirstPayloads(peers.receivers, () => progress.clear());
  const timer = setInterval(show, 100);
  try {
    look();
    return await promise;
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
    progress.clear();
    print(progressLine(peers, goal, performance.now() - started));
  }
}

function isReached(peers: Peers, goal: Goal): boolean {
  const counts = peers.counts();
  const messages = Object.entries(goal.messages).every(([channel, n]) => counts[channel as Channel] >= n);
  return messages && formats.every((format) => peers.receivers[format].byEventId.size >= goal.events[format]);
}

function progressLine(peers: Peers, goal: Goal, ms: number): string {
  const sent = peers.counts();
  const done = sent.linkedin + sent.sms + sent.email;
  const all = goal.messages.linkedin + goal.messages.sms + goal.messages.email;
  const told = formats.reduce((sum, format) => sum + peers.receivers[format].byEventId.size, 0);
  const toTell = formats.reduce((sum, format) => sum + goal.events[format], 0);
  const channels = `LinkedIn ${sent.linkedin}, SMS ${sent.sms}, email ${sent.email}`;
  return `${(ms / 1_000).toFixed(1).padStart(4)} s ${bar(done, all, 12)}  ${channels}; events delivered ${told} of ${toTell}`;
}

/** Which message is shown in which format: one of each channel. */
const showcase: readonly { format: ReceiverFormat; channel: string }[] = [
  { format: "sendpilot", channel: "linkedin" },
  { format: "apten", channel: "sms" },
  { format: "herald", channel: "email" },
];

/** Prints the first `message.sent` that a receiver gets in each format, as it comes. */
function showFirstPayloads(receivers: Readonly<Record<ReceiverFormat, Receiver>>, clear: () => void): void {
  for (const { format, channel } of showcase) {
    const { events } = receivers[format];
    const onRequest = (request: ReceivedRequest | null) => {
      if (request === null || !tellsOf(channel, request.payload)) return;
      events.off("request", onRequest);
      clear();
      print(`  A webhook in the ${format} format (signature ${request.valid ? "valid" : "INVALID"}):`);
      print(indent(JSON.stringify(request.payload, null, 2)));
    };
    events.on("request", onRequest);
  }
}

function tellsOf(channel: string, payload: unknown): boolean {
  const { eventType, event, data } = payload as { eventType?: string; event?: string; data: { channel?: string } };
  // SendPilot's events tell of LinkedIn alone, and don't say so.
  return (eventType ?? event) === "message.sent" && (data.channel ?? "linkedin") === channel;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
