import type { OutboundMessage } from "../../src/channels/channel.ts";

/** A message to be sent; tests name only what they are about. */
export function outboundMessage(overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    messageId: "msg_01k00000000000000000000000",
    workspaceId: "ws_01k00000000000000000000000",
    leadId: "lead_01k00000000000000000000000",
    channel: "sms",
    action: "message",
    to: "+15550001111",
    subject: null,
    text: "Hi Anna, are you free on Tuesday?",
    html: null,
    thread: { providerThreadId: null, providerLeadId: null, inReplyTo: null, references: [], subject: null },
    attempt: 1,
    attemptedAt: new Date(),
    unsubscribeUrl: null,
    ...overrides,
  };
}

/** A signal that never fires: for exchanges that must end by themselves. */
export const noDeadline = (): AbortSignal => new AbortController().signal;
