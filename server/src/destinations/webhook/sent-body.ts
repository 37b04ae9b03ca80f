import type { Attempt } from "../../db/attempt.ts";
import type { Destination } from "../../db/destination.ts";
import type { LoadedEvent } from "../../db/event.ts";
import { isErasedData } from "../../domain/erasure.ts";
import { formatOf } from "../../domain/formats.ts";
import type { SecretBox } from "../../domain/seal.ts";
import type { Evaluator } from "../../expressions/evaluator.ts";
import { openSecrets } from "./secrets.ts";
import { shape, shapingOf } from "./shaping.ts";
import { storedEvent } from "./stored-event.ts";

/** The body of an attempt's request, or a sentence that says why it can't be told. Both null: nothing was to be sent. */
export interface SentBody {
  requestBody: string | null;
  requestBodyMissing: string | null;
}

export interface SentInput {
  evaluator: Evaluator;
  box: SecretBox;
  /** Null: it was deleted. */
  destination: Destination | null;
  /** Null: it is past its retention. */
  event: LoadedEvent | null;
}

const reasons = {
  deleted: "The destination was deleted, and with it how it makes bodies and the secret by which one is proved.",
  past: "The event is past its retention, and what was sent is made of it.",
  erased: "The person whom the event is about was erased, and what was sent about them.",
  interrupted: "Herald stopped during this attempt: what was sent is not on record.",
  changed:
    "What was sent can't be made again: the format, the transform or the secret was changed since, or the transform gives something else each time (a time, a random number).",
  unsigned:
    "The request was not signed, and the destination was changed since: whether the body was the same can't be told.",
} as const;

/** Attempts that ended before there was a request. */
const notCalled = new Set(["address_refused", "settings_unusable"]);

const nothing: SentBody = { requestBody: null, requestBodyMissing: null };
const missing = (reason: keyof typeof reasons): SentBody => ({
  requestBody: null,
  requestBodyMissing: reasons[reason],
});

/**
 * What each attempt sent. Bodies are not kept: they are made again of the event, which doesn't change, and believed only
 * where the attempt's signature, which is kept, is the signature of what was made. So an old transform's body is never
 * shown as something else. An unsigned one is believed while nothing of the destination was changed since.
 */
export async function sentBodies(
  { evaluator, box, destination, event }: SentInput,
  attempts: readonly Attempt[],
): Promise<SentBody[]> {
  const isSystem = destination !== null && destination.kind !== "webhook";
  const sent = (attempt: Attempt) => !isSystem && attempt.outcome !== "filtered" && !notCalled.has(attempt.code ?? "");
  const toTell = attempts.filter((attempt) => sent(attempt) && attempt.requestHeaders !== null);
  const candidates =
    destination !== null && event !== null && !isErasedData(event.data) && toTell.length > 0
      ? await bodiesOf(evaluator, destination, event)
      : [];
  const secrets = destination && candidates.length > 0 ? secretsOf(box, event!.workspaceId, destination) : [];
  return attempts.map((attempt) => {
    if (!sent(attempt)) return nothing;
    if (attempt.outcome === "interrupted") return missing("interrupted");
    if (event === null) return missing("past");
    if (isErasedData(event.data)) return missing("erased");
    if (attempt.requestHeaders === null) return nothing;
    if (destination === null) return missing("deleted");
    const headers = headersOf(attempt.requestHeaders);
    if (headers.size === 0) {
      const body = destination.updatedAt <= attempt.startedAt ? candidates[0] : undefined;
      return body === undefined ? missing("unsigned") : { requestBody: body, requestBodyMissing: null };
    }
    const body = candidates.find((one) => isSignedBy(one, { destination, event, headers, secrets, attempt }));
    return body === undefined ? missing("changed") : { requestBody: body, requestBodyMissing: null };
  });
}

/** What the destination can have made of the event: first what it makes now, then the format's own bodies. */
async function bodiesOf(evaluator: Evaluator, destination: Destination, event: LoadedEvent): Promise<string[]> {
  const format = formatOf(destination.format);
  const stored = storedEvent(event);
  try {
    const full = format.body(stored);
    const thin = format.thin?.(stored) ?? full;
    const plain = destination.thin ? [thin, full] : [full, thin];
    const shaping = shapingOf({ filter: null, transform: destination.transform });
    if (shaping === null) return plain;
    const shaped = await shape(evaluator, shaping, stored, plain[0]!);
    return shaped.kind === "body" ? [shaped.body, ...plain] : plain;
  } catch {
    // Its format, as it is now, can't say this event.
    return [];
  }
}

/** Also those that don't sign any more. None, where the destination's can't be unsealed: then nothing is proved. */
function secretsOf(box: SecretBox, workspaceId: string, destination: Destination): string[] {
  try {
    return openSecrets(box, `${workspaceId}/${destination.id}`, destination).secrets;
  } catch {
    return [];
  }
}

interface Signed {
  destination: Destination;
  event: LoadedEvent;
  headers: ReadonlyMap<string, string>;
  secrets: readonly string[];
  attempt: Attempt;
}

/** Signs again as then, and compares: signatures by one secret are the same each time. */
function isSignedBy(body: string, { destination, event, headers, secrets, attempt }: Signed): boolean {
  const format = formatOf(destination.format);
  const at = signedAt(headers) ?? attempt.startedAt;
  return secrets.some((secret) => {
    if (format.checkSecret(secret) !== null) return false;
    const again = format.sign({ eventId: event.id, body, secrets: [secret], at });
    return Object.entries(again).every(([name, value]) => headers.get(name)?.split(" ").includes(value) === true);
  });
}

/** The time that was signed: of Standard Webhooks, or SendPilot's; both in seconds. Null: none. */
function signedAt(headers: ReadonlyMap<string, string>): Date | null {
  const text = headers.get("webhook-timestamp") ?? /^t=(\d+)/.exec(headers.get("webhook-signature") ?? "")?.[1];
  return text === undefined ? null : new Date(Number(text) * 1_000);
}

/** Of lines `name: value`. */
function headersOf(lines: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return headers;
}
