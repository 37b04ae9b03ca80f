import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { messageData } from "../../src/campaigns/facts.ts";
import { eventTypes, type HeraldEvent, type LeadOptedOutData } from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { eventSchemas } from "../../src/domain/event-schemas.ts";
import { type FormatName, formatNames } from "../../src/domain/format.ts";
import { formatOf, formats, formatsExpressing } from "../../src/domain/formats.ts";
import { eventOf, message, oneOfEach, stored } from "./formats-events.ts";

function body(format: FormatName, event: HeraldEvent): string {
  return formatOf(format).body(stored(event));
}

/** `data` of a body as [key, value] pairs: an order of keys that `toEqual` on objects would not see. */
function dataEntries(format: FormatName, event: HeraldEvent): [string, unknown][] {
  return Object.entries(JSON.parse(body(format, event)).data);
}

const aptenMessage = {
  leadId: "c4f23a1b-d8e5-4f67-90c1-2a5b8d3e9x7y",
  externalLeadId: "003XX000004DHPY",
  phone: "+12025550189",
  email: "john@example.com",
  isFollowUp: true,
  followUpStep: 1,
  sequenceStep: 2,
};
const aptenText = "Hello again, is this still something you are looking into?";

describe("a body equals the format's published example, key by key, in order and type", () => {
  const cases: { fixture: string; format: FormatName; event: HeraldEvent }[] = [
    {
      fixture: "sendpilot.message.sent.json",
      format: "sendpilot",
      event: eventOf(
        "message.sent",
        message({
          campaignId: "camp_xyz789",
          linkedinUrl: "https://www.linkedin.com/in/john-doe",
          content: {
            subject: null,
            text: "Hi John, good to be connected. Would a short call on Tuesday suit you?",
          },
          sequenceStep: 2,
          isFollowUp: true,
          followUpStep: 1,
        }),
      ),
    },
    {
      fixture: "apten.message.sent.sms.json",
      format: "apten",
      event: eventOf(
        "message.sent",
        message({ ...aptenMessage, channel: "sms", content: { subject: null, text: aptenText } }),
        "2024-01-15T14:30:00.000Z",
      ),
    },
    {
      fixture: "apten.message.sent.email.json",
      format: "apten",
      event: eventOf(
        "message.sent",
        message({ ...aptenMessage, channel: "email", content: { subject: "Still interested?", text: aptenText } }),
        "2024-01-15T14:30:00.000Z",
      ),
    },
  ];
  test.each(cases)("$fixture", ({ fixture, format, event }) => {
    const text = readFileSync(new URL(`../fixtures/${fixture}`, import.meta.url), "utf8");
    // JSON text, so that the order of keys counts.
    expect(body(format, event)).toBe(JSON.stringify(JSON.parse(text)));
  });
});

describe("which format can say what", () => {
  test("each format's bit is a power of two of its own", () => {
    expect(formatNames.map((name) => [name, formats[name].name, formats[name].bit])).toEqual([
      ["herald", "herald", 1],
      ["sendpilot", "sendpilot", 2],
      ["apten", "apten", 4],
    ]);
  });

  test.each([
    ["linkedin", 1 | 2],
    ["sms", 1 | 4],
    ["email", 1 | 4],
  ] as const)("a message by %s goes to the formats %i", (channel, bits) => {
    expect(formatsExpressing(eventOf("message.sent", message({ channel })))).toBe(bits);
  });

  test.each([
    ["message.failed", 1],
    ["connection_request.sent", 1 | 2],
    ["lead.updated", 1 | 2],
    ["campaign.started", 1 | 2],
    ["campaign.paused", 1 | 2],
    ["campaign.resumed", 1 | 2],
    ["campaign.finished", 1 | 2],
    ["sender.paused", 1],
    ["sender.resumed", 1],
    ["sender.receiving_failed", 1],
    ["sender.receiving_resumed", 1],
    ["approval.created", 1],
    ["draft.created", 1],
    ["message.delivered", 1],
    ["message.uncertain", 1],
    ["message.bounced", 1],
    ["message.auto_replied", 1],
    ["message.opened", 1],
    ["message.clicked", 1],
    ["lead.opted_in", 1],
    ["lead.opted_out", 1 | 4],
    ["lead.do_not_contact", 1 | 4],
    ["lead.tag.updated", 1 | 2 | 4],
  ] as const)("%s goes to the formats %i", (eventType, bits) => {
    expect(formatsExpressing(oneOfEach[eventType])).toBe(bits);
  });

  test("a status change of a lead without a LinkedIn profile can't be said in sendpilot", () => {
    const { data } = oneOfEach["lead.updated"];
    const event = { ...oneOfEach["lead.updated"], data: { ...data, linkedinUrl: null } } as HeraldEvent;
    expect(formatsExpressing(event)).toBe(1);
  });

  test.each(formatNames)("%s lists exactly the event types of which it expresses something", (name) => {
    const channels = ["linkedin", "sms", "email"] as const;
    const events = [
      ...Object.values(oneOfEach),
      ...channels.map((c) => eventOf("message.sent", message({ channel: c }))),
    ];
    const expressed = new Set(events.filter((event) => formats[name].expresses(event)).map((event) => event.eventType));
    expect([...formats[name].eventTypes].sort()).toEqual([...expressed].sort());
  });

  test("a body that a format can't write is an error, not a wrong payload", () => {
    expect(() => body("sendpilot", oneOfEach["message.failed"])).toThrow(/can't express message.failed/);
    expect(() => body("apten", oneOfEach["campaign.started"])).toThrow(/can't express campaign.started/);
  });
});

describe("herald", () => {
  test("a message's keys come in the format's order, and what was added to it later at the end", () => {
    const order = [
      ...["messageId", "leadId", "externalLeadId", "channel", "source", "campaignId", "sequenceStep", "isFollowUp"],
      ...["followUpStep", "senderId", "profile", "linkedinUrl", "phone", "email", "content", "conversationId"],
      ...["providerMessageId", "stepId", "variant", "tags", "sentAt"],
    ];
    expect(Object.keys(eventSchemas["message.sent"].data.shape)).toEqual(order);
    expect(Object.keys(eventSample("ws_1", "message.sent").data)).toEqual(order);
    const facts = { ...message({}), subject: null, text: "Hi", conversationId: "conv_1" };
    expect(Object.keys(messageData(facts, { providerMessageId: null, subject: null, sentAt: null }))).toEqual(order);
  });

  test.each(eventTypes)("%s: the envelope in order, with the stored data unchanged", (eventType) => {
    const event = oneOfEach[eventType];
    const { eventId, timestamp, workspaceId, data } = event;
    expect(body("herald", event)).toBe(JSON.stringify({ eventId, eventType, timestamp, workspaceId, data }));
  });

  test("data is copied as text: numbers and spaces that JSON.parse would change stay as they are", () => {
    const event = {
      ...stored(oneOfEach["campaign.started"]),
      data: '{ "totalLeads":7.0, "big":12345678901234567890 }',
    };
    expect(formatOf("herald").body(event)).toContain(`"data":${event.data}}`);
  });
});

describe("sendpilot: data has its documented keys in order", () => {
  const url = "https://www.linkedin.com/in/john-doe";
  const at = "2024-02-24T10:29:59.000Z";
  const campaign = [
    ["campaignId", "camp_1"],
    ["campaignName", "Spring"],
  ];
  const lead = [
    ["leadId", "lead_1"],
    ["campaignId", "camp_1"],
    ["linkedinUrl", url],
  ];
  test.each([
    ["connection_request.sent", [...lead, ["senderId", "sender_1"], ["note", "Hello"]]],
    ["lead.updated", [...lead, ["previousStatus", "PENDING"], ["newStatus", "MESSAGE_SENT"]]],
    ["campaign.started", [...campaign, ["totalLeads", 7], ["startedAt", at]]],
    ["campaign.paused", [...campaign, ["pausedAt", at], ["pausedBy", "user"]]],
    ["campaign.resumed", [...campaign, ["resumedAt", at], ["resumedBy", "api"]]],
    ["campaign.finished", [...campaign, ["totalLeads", 7], ["finishedAt", at]]],
  ] as const)("%s", (eventType, entries) => {
    expect(dataEntries("sendpilot", oneOfEach[eventType])).toEqual(entries);
  });

  test.each([null, ""])("an invitation without a note (%j) has no note key", (note) => {
    const base = oneOfEach["connection_request.sent"];
    const event = { ...base, data: { ...base.data, note } } as HeraldEvent;
    expect(dataEntries("sendpilot", event)).toEqual([...lead, ["senderId", "sender_1"]]);
  });

  test("a message outside a sequence and a campaign has no sequenceStep, and campaignId null", () => {
    const keys = dataEntries("sendpilot", eventOf("message.sent", message({ linkedinUrl: url })));
    expect(keys).toEqual([
      ["leadId", "lead_abc123"],
      ["campaignId", null],
      ["linkedinUrl", url],
      ["senderId", "sender_def456"],
      ["message", "Hi John"],
    ]);
  });
});

describe("apten", () => {
  test("opt-outs have Apten's names and keys: a reason for email alone, Twilio's word for the others, no key without its words", () => {
    const optOut = (fields: Partial<LeadOptedOutData>) => {
      const event = oneOfEach["lead.opted_out"];
      return JSON.parse(body("apten", { ...event, data: { ...event.data, ...fields } } as HeraldEvent));
    };
    const about = { leadId: expect.any(String), externalLeadId: expect.any(String), phone: "+12025550123" };
    expect(optOut({ evidence: { text: "STOP", provider: "twilio" } })).toEqual({
      ...{ event: "optOut", timestamp: expect.stringMatching(/:\d\dZ$/) },
      data: {
        ...about,
        channel: "sms",
        optOutReason: null,
        isTwilioOptOut: true,
        optOutMessage: "STOP",
        isDoNotContact: false,
      },
    });
    const reasons = {
      unsubscribe: "UNSUBSCRIBE_LINK",
      bounce: "BOUNCE",
      complaint: "COMPLAINT",
      manual: "MANUAL",
    } as const;
    for (const [kind, optOutReason] of Object.entries(reasons)) {
      const email = { channel: "email", kind: kind as "bounce", evidence: null, isDoNotContact: true } as const;
      expect(Object.entries(optOut(email).data)).toEqual([
        ...Object.entries(about),
        ...[
          ["channel", "email"],
          ["optOutReason", optOutReason],
          ["isTwilioOptOut", null],
          ["isDoNotContact", true],
        ],
      ]);
    }
    const { event, data } = JSON.parse(body("apten", oneOfEach["lead.do_not_contact"]));
    expect([event, data]).toEqual([
      "doNotContact",
      { ...about, email: "sample.lead@example.com", optOutMessage: "STOP" },
    ]);
    expect(JSON.parse(body("apten", oneOfEach["lead.tag.updated"]))).toMatchObject({
      ...{ event: "leadTagged", data: { ...about, channel: "manual", tag: "vip" } },
    });
    expect(Object.entries(JSON.parse(body("apten", oneOfEach["lead.fields.updated"])))).toEqual([
      ["event", "lead.additionalInfo.updated"],
      [
        "data",
        {
          ...{ leadId: about.leadId, phone: about.phone, externalLeadId: about.externalLeadId },
          additionalInfo: { favouriteTopic: { old: "hiring", new: "samples" } },
        },
      ],
      ["eventId", oneOfEach["lead.fields.updated"].eventId],
      ["timestamp", expect.any(String)],
    ]);
    expect(dataEntries("apten", oneOfEach["notification.created"]).map(([key]) => key)).toEqual([
      ...["leadId", "phone", "channel", "notificationName", "notificationMessage"],
    ]);
    const nobody = { ...oneOfEach["lead.opted_out"].data, leadId: null };
    expect(formatsExpressing({ ...oneOfEach["lead.opted_out"], data: nobody } as HeraldEvent)).toBe(1);
  });

  test("keys that do not apply are absent; phone and followUpStep stay, as null", () => {
    const event = eventOf("message.sent", message({ channel: "email", email: "john@example.com" }));
    expect(dataEntries("apten", event)).toEqual([
      ["leadId", "lead_abc123"],
      ["phone", null],
      ["channel", "email"],
      ["profile", "Default Profile"],
      ["isFollowUp", false],
      ["followUpStep", null],
      ["content", { text: "Hi John" }],
    ]);
  });

  test("an SMS has no subject, even where one is stored", () => {
    const event = eventOf("message.sent", message({ channel: "sms", content: { subject: "Hello", text: "Hi" } }));
    expect(JSON.parse(body("apten", event)).data.content).toEqual({ text: "Hi" });
  });

  test("the lead's own profile is named", () => {
    const event = eventOf("message.sent", message({ channel: "sms", profile: "Buyers" }));
    expect(JSON.parse(body("apten", event)).data.profile).toBe("Buyers");
  });

  test("the time is cut to whole seconds, never rounded into the future", () => {
    const event = eventOf("message.sent", message({ channel: "sms" }), "2024-12-31T23:59:59.999Z");
    expect(JSON.parse(body("apten", event)).timestamp).toBe("2024-12-31T23:59:59Z");
  });
});
