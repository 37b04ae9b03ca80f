import { isDeepStrictEqual } from "node:util";
import type { ReceivedRequest, Receiver } from "../loopback/receiver.ts";
import type { ReceiverFormat } from "../loopback/receiver-verify.ts";
import { type LoggedEvent, sentData } from "./check-events.ts";
import { formats } from "./peers.ts";

/** What the receivers hold against what each of them had to be told. */
export interface DeliveryCheck {
  /** Different events that arrived, by format. */
  deliveries: Record<ReceiverFormat, number>;
  signaturesValid: number;
  signaturesInvalid: number;
  /** Events that a receiver should have and hasn't. */
  lost: number;
  complaints: string[];
}

/** Which events a format can say: its documentation, in plain code. */
const says: Readonly<Record<ReceiverFormat, (event: LoggedEvent) => boolean>> = {
  herald: () => true,
  sendpilot: (event) => event.eventType !== "message.sent" || sentData(event).channel === "linkedin",
  apten: (event) => event.eventType === "message.sent" && sentData(event).channel !== "linkedin",
};

export function checkDeliveries(
  log: readonly LoggedEvent[],
  receivers: Readonly<Record<ReceiverFormat, Receiver>>,
): DeliveryCheck {
  const check: DeliveryCheck = {
    deliveries: { herald: 0, sendpilot: 0, apten: 0 },
    signaturesValid: 0,
    signaturesInvalid: 0,
    lost: 0,
    complaints: [],
  };
  for (const format of formats) {
    const stats = receivers[format].stats();
    check.signaturesValid += stats.signaturesValid;
    check.signaturesInvalid += stats.signaturesInvalid;
    checkReceiver(format, log, receivers[format].requests, check);
  }
  return check;
}

function checkReceiver(
  format: ReceiverFormat,
  log: readonly LoggedEvent[],
  requests: readonly ReceivedRequest[],
  check: DeliveryCheck,
): void {
  const wanted = new Map(log.filter(says[format]).map((event) => [keyOfEvent[format](event), event]));
  const arrived = new Set<string>();
  for (const { payload, valid } of requests) {
    if (!valid) continue;
    const key = keyOfPayload(format, payload);
    const event = wanted.get(key);
    if (event === undefined) {
      check.complaints.push(`the ${format} receiver got an event that is not in the log: ${JSON.stringify(payload)}`);
    } else if (!isDeepStrictEqual(payload, payloadOf[format](event))) {
      check.complaints.push(
        `the ${format} receiver was told something else than the log says: ${JSON.stringify(payload)}`,
      );
    } else arrived.add(key);
  }
  const missing = [...wanted.keys()].filter((key) => !arrived.has(key));
  check.deliveries[format] = arrived.size;
  check.lost += missing.length;
  if (missing.length > 0) {
    check.complaints.push(
      `the ${format} receiver misses ${missing.length} of ${wanted.size} events, such as ${missing[0]}`,
    );
  }
}

/** Apten's events have no ID: they are told apart by what they say. */
const keyOfEvent: Readonly<Record<ReceiverFormat, (event: LoggedEvent) => string>> = {
  herald: (event) => event.eventId,
  sendpilot: (event) => event.eventId,
  apten: (event) => {
    const { leadId, channel, content } = sentData(event);
    return JSON.stringify([leadId, channel, content.text]);
  },
};

function keyOfPayload(format: ReceiverFormat, payload: unknown): string {
  if (format !== "apten") return String((payload as Partial<LoggedEvent> | null)?.eventId);
  const { leadId, channel, content } = (payload as { data?: Record<string, unknown> } | null)?.data ?? {};
  return JSON.stringify([leadId, channel, (content as { text?: unknown } | undefined)?.text]);
}

/** What must arrive, put together by the formats' published descriptions. */
const payloadOf: Readonly<Record<ReceiverFormat, (event: LoggedEvent) => unknown>> = {
  herald: (event) => event,
  sendpilot: ({ data, ...envelope }) => ({ ...envelope, data: sendpilotData({ ...envelope, data }) }),
  apten: (event) => {
    const { leadId, phone, channel, isFollowUp, followUpStep, content } = sentData(event);
    const subject = channel === "email" ? { subject: content.subject } : {};
    return {
      event: "message.sent",
      data: {
        ...{ leadId, phone, channel, profile: "Default Profile", isFollowUp, followUpStep },
        content: { ...subject, text: content.text },
      },
      timestamp: `${event.timestamp.slice(0, 19)}Z`,
    };
  },
};

function sendpilotData(event: LoggedEvent): unknown {
  if (event.eventType === "message.sent") {
    const { leadId, campaignId, linkedinUrl, content, sequenceStep } = sentData(event);
    const { senderId } = event.data;
    const step = sequenceStep === null ? {} : { sequenceStep };
    return { leadId, campaignId, linkedinUrl, senderId, message: content.text, ...step };
  }
  if (event.eventType === "lead.updated") {
    const { leadId, campaignId, linkedinUrl, previousStatus, newStatus } = event.data;
    return { leadId, campaignId, linkedinUrl, previousStatus, newStatus };
  }
  return event.data;
}
