import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Webhook } from "standardwebhooks";

/**
 * How a customer's handler checks a delivery and names the event in it, by format. The `herald` format is checked with
 * the reference library of Standard Webhooks; the other two by their providers' published recipes.
 */
export interface Verifier {
  /** Whether the request comes from who holds the secret, and is fresh. */
  valid(headers: IncomingHttpHeaders, body: Buffer): boolean;
  /** The receiver's idempotency key of this event, without parsing the whole body. Null where there is none. */
  eventId(headers: IncomingHttpHeaders, body: Buffer): string | null;
}

export const receiverFormats = ["herald", "sendpilot", "apten"] as const;
export type ReceiverFormat = (typeof receiverFormats)[number];

const toleranceMs = 5 * 60 * 1000;

export function verifierOf(format: ReceiverFormat, secret: string | undefined): Verifier {
  if (format === "apten") return apten(secret);
  if (secret === undefined) throw new Error(`The format ${format} needs a secret.`);
  return format === "herald" ? herald(secret) : sendpilot(secret);
}

function herald(secret: string): Verifier {
  const webhook = new Webhook(secret);
  return {
    valid(headers, body) {
      try {
        webhook.verify(
          body,
          {
            "webhook-id": only(headers["webhook-id"]),
            "webhook-timestamp": only(headers["webhook-timestamp"]),
            "webhook-signature": only(headers["webhook-signature"]),
          },
          { jsonParse: false },
        );
      } catch {
        return false;
      }
      return true;
    },
    eventId: (headers) => only(headers["webhook-id"]) || null,
  };
}

/** `webhook-signature: t=<seconds or milliseconds>,s=<hex HMAC-SHA256 of "t.body">`, at most five minutes old. */
function sendpilot(secret: string): Verifier {
  return {
    valid(headers, body) {
      const match = /^t=(\d+),s=([0-9a-f]{64})$/.exec(only(headers["webhook-signature"]));
      if (!match?.[1] || !match[2]) return false;
      const at = Number(match[1]) * (match[1].length > 11 ? 1 : 1000);
      if (Math.abs(Date.now() - at) > toleranceMs) return false;
      return sameHex(match[2], createHmac("sha256", secret).update(`${match[1]}.`).update(body).digest("hex"));
    },
    eventId: (_headers, body) => leadingEventId(body),
  };
}

/** `X-Signature-SHA256`: hex HMAC-SHA256 of the body; no header at all where the endpoint has no secret. */
function apten(secret: string | undefined): Verifier {
  return {
    valid(headers, body) {
      const given = headers["x-signature-sha256"];
      if (secret === undefined) return given === undefined;
      return sameHex(only(given), createHmac("sha256", secret).update(body).digest("hex"));
    },
    // Apten's events carry no ID: a receiver tells them apart by their bytes.
    eventId: (_headers, body) => createHash("sha256").update(body).digest("hex"),
  };
}

/** The envelope's first key is `eventId` in both formats that have one. */
function leadingEventId(body: Buffer): string | null {
  return /^\{"eventId":"(evt_\d{13}_[a-z0-9]{9})"/.exec(body.toString("latin1", 0, 64))?.[1] ?? null;
}

function only(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : "";
}

function sameHex(given: string, wanted: string): boolean {
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}
