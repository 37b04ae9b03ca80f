import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import type { MessageSentData } from "../../src/domain/event.ts";
import type { Format } from "../../src/domain/format.ts";
import { formats } from "../../src/domain/formats.ts";
import { eventOf, message, stored } from "./formats-events.ts";

/** Any text a person or a program can put into a message: all of Unicode, halves of surrogate pairs, JSON's own signs. */
const hostile = fc.constantFrom(
  '"',
  "\\",
  "\u0000",
  "\u001f",
  "\u007f",
  "\u2028",
  "\ud83d",
  "\udc4b",
  "👩‍👩‍👧",
  "}",
  "\r\n",
  "</script>",
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(hostile).map((parts) => parts.join("")),
  fc.tuple(hostile, fc.integer({ min: 8_000, max: 100_000 })).map(([part, times]) => part.repeat(times)),
);

const messages: fc.Arbitrary<MessageSentData> = fc
  .record({
    leadId: text,
    externalLeadId: fc.option(text),
    campaignId: fc.option(text),
    sequenceStep: fc.option(fc.integer({ min: 1, max: 100 })),
    profile: fc.option(text),
    linkedinUrl: fc.option(fc.webUrl()),
    phone: fc.option(text),
    content: fc.record({ subject: fc.option(text), text }).map((content) => ({ ...content })),
    channel: fc.constantFrom("linkedin", "sms", "email"),
  })
  .map((fields) => {
    const isFollowUp = (fields.sequenceStep ?? 1) > 1;
    return message({ ...fields, isFollowUp, followUpStep: isFollowUp ? fields.sequenceStep! - 1 : null });
  });

/** The request as a receiver gets it: bytes, and the headers of an attempt made now, with a new secret. */
function send(format: Format, data: MessageSentData) {
  const event = eventOf("message.sent", data);
  const secret = format.newSecret();
  const body = format.body(stored(event));
  const headers = format.sign({ eventId: event.eventId, body, secrets: [secret], at: new Date() });
  return { event, secret, bytes: Buffer.from(body), headers };
}

function hex(secret: string, ...parts: (string | Buffer)[]): string {
  const hmac = createHmac("sha256", secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

const linkedin = messages.map((data) => ({ ...data, channel: "linkedin" as const }));
const notLinkedin = messages.filter((data) => data.channel !== "linkedin");

describe("any message, by any text, arrives whole and verifies with code that isn't Herald's", () => {
  test("herald: the standardwebhooks library verifies it and gives back the stored fact", () => {
    fc.assert(
      fc.property(messages, (data) => {
        const { event, secret, bytes, headers } = send(formats.herald, data);
        expect(new Webhook(secret).verify(bytes, headers)).toStrictEqual(event);
        expect(headers["webhook-id"]).toBe(event.eventId);
      }),
    );
  });

  test("sendpilot: the recipe verifies it, and it says the message, the lead and the step", () => {
    fc.assert(
      fc.property(linkedin, (data) => {
        const { secret, bytes, headers } = send(formats.sendpilot, data);
        const header = /^t=(\d{10}),s=([0-9a-f]{64})$/.exec(headers["webhook-signature"] ?? "");
        expect(header?.[2]).toBe(hex(secret, `${header?.[1]}.`, bytes));
        const said = JSON.parse(bytes.toString()).data;
        expect(said.message).toBe(data.content.text);
        expect([said.leadId, said.campaignId, said.linkedinUrl]).toEqual([
          data.leadId,
          data.campaignId,
          data.linkedinUrl,
        ]);
        expect("sequenceStep" in said ? said.sequenceStep : null).toBe(data.sequenceStep);
      }),
    );
  });

  test("apten: the recipe verifies it, and it says the message, the lead and the follow-up", () => {
    fc.assert(
      fc.property(notLinkedin, (data) => {
        const { secret, bytes, headers } = send(formats.apten, data);
        expect(headers).toEqual({ "x-signature-sha256": hex(secret, bytes) });
        const said = JSON.parse(bytes.toString()).data;
        expect([said.leadId, said.phone, said.channel]).toEqual([data.leadId, data.phone, data.channel]);
        expect("externalLeadId" in said ? said.externalLeadId : null).toBe(data.externalLeadId);
        expect(said.content.text).toBe(data.content.text);
        expect("subject" in said.content ? said.content.subject : null).toBe(
          data.channel === "email" ? data.content.subject : null,
        );
        expect([said.isFollowUp, said.followUpStep]).toEqual([data.isFollowUp, data.followUpStep]);
      }),
    );
  });
});
