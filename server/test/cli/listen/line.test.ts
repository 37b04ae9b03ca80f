import { expect, test } from "vitest";
import { eventLine } from "../../../src/cli/listen/line.ts";
import type { HeraldEvent } from "../../../src/domain/event.ts";
import { eventOf, message, oneOfEach } from "../../domain/formats-events.ts";

test("a line names the type, the channel, the address that was written to, and the beginning of the text", () => {
  const event = eventOf(
    "message.sent",
    message({ channel: "sms", phone: "+12025550143", content: { subject: null, text: `Hi Jane,\n${"x".repeat(80)}` } }),
  );
  expect(eventLine(event)).toMatch(/^\d\d:\d\d:\d\d {2}message\.sent +sms +\+12025550143 {2}"Hi Jane, x{50}…"$/);
});

test("a lead's status is of no channel; an invitation is LinkedIn's", () => {
  expect(eventLine(oneOfEach["lead.updated"])).toMatch(/ lead\.updated {22,}\S/);
  expect(eventLine(oneOfEach["connection_request.sent"])).toMatch(/ connection_request\.sent +linkedin {2}/);
});

test("what a stranger wrote can't move the terminal's cursor or begin another line", () => {
  const event = eventOf("message.sent", message({ content: { subject: null, text: "a\x1b[2Jb\r\nc\x9bd\u0007" } }));
  expect(eventLine(event)).not.toMatch(/\p{Cc}/u);
});

test("an event that this version doesn't know is shown all the same", () => {
  const event = {
    eventId: "evt_1700000000000_abcdefghi",
    eventType: "moon.landed",
    timestamp: "2023-11-14T22:13:20.000Z",
    data: {},
  };
  expect(eventLine(event as unknown as HeraldEvent)).toContain("moon.landed");
});

test("each event that is about somebody or something says who and what", () => {
  const shown = (type: keyof typeof oneOfEach) => eventLine(oneOfEach[type]).slice(10);
  for (const [type, event] of Object.entries(oneOfEach)) {
    const { leadId, senderId } = event.data as { leadId?: string; senderId?: string };
    if (leadId ?? senderId) expect(eventLine(event).slice(10).trimEnd().length, type).toBeGreaterThan(type.length + 5);
    expect(eventLine(event), type).not.toMatch(/undefined|null|object/);
  }
  expect([shown("message.received"), shown("lead.tag.updated"), shown("lead.created")]).toMatchInlineSnapshot(`
    [
      "message.received         sms       +14155550100  "Yes, Tuesday"",
      "lead.tag.updated                   sample-lead  +vip",
      "lead.created                       sample-lead  "Sam Sample"",
    ]
  `);
});
