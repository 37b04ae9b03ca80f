import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { checkDeliveries } from "../../src/demo/check-deliveries.ts";
import { checkLog, type LoggedEvent } from "../../src/demo/check-events.ts";
import { checkMessages, messageComplaints } from "../../src/demo/check-messages.ts";
import type { Arrival } from "../../src/demo/peers.ts";
import { badLines, leadsFile, readPeople, slugOf } from "../../src/demo/people.ts";
import { type ExpectedMessage, expectedMessages } from "../../src/demo/script.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";

/** The demo is only worth what its judge is: each way to be wrong must be found. */

const wanted: ExpectedMessage = { channel: "sms", to: "+12025550143", subject: null, text: "Hi", step: 2 };
const arrival: Arrival = { channel: "sms", to: "+12025550143", subject: null, text: "Hi", id: "SM1" };

test("a message that arrived once with its text is right; one that is missing, doubled or different is not", () => {
  expect(messageComplaints(checkMessages([wanted], [arrival]))).toEqual([]);
  expect(checkMessages([wanted], [])).toMatchObject({ lost: [wanted], duplicates: [], unexpected: [] });
  expect(checkMessages([wanted], [arrival, arrival])).toMatchObject({
    lost: [],
    duplicates: [arrival],
    arrived: { sms: 2 },
  });
  const wrong = [{ text: "Hi " }, { to: "+12025550144" }, { subject: "Hi" }, { channel: "email" as const }];
  for (const part of wrong) {
    expect(checkMessages([wanted], [{ ...arrival, ...part }])).toMatchObject({ lost: [wanted], unexpected: [part] });
  }
});

const data = {
  ...{
    leadId: "lead_1",
    channel: "sms",
    source: "campaign",
    campaignId: "camp_1",
    sequenceStep: 2,
    isFollowUp: true,
    followUpStep: 1,
  },
  ...{
    linkedinUrl: null,
    phone: "+12025550143",
    email: null,
    content: { subject: null, text: "Hi" },
    providerMessageId: "SM1",
  },
};
const envelope = { timestamp: "2026-01-05T09:30:00.123Z", workspaceId: "ws_1" };
const campaign = { campaignId: "camp_1", totalLeads: 1 };
const log: LoggedEvent[] = [
  { ...envelope, eventId: "evt_1767605400001_aaaaaaaaa", eventType: "campaign.started", data: campaign },
  { ...envelope, eventId: "evt_1767605400002_aaaaaaaaa", eventType: "message.sent", data },
  {
    ...{ ...envelope, eventId: "evt_1767605400003_aaaaaaaaa", eventType: "lead.updated" },
    data: {
      leadId: "lead_1",
      campaignId: "camp_1",
      linkedinUrl: null,
      previousStatus: "PENDING",
      newStatus: "MESSAGE_SENT",
    },
  },
  { ...envelope, eventId: "evt_1767605400004_aaaaaaaaa", eventType: "campaign.finished", data: campaign },
];
const facts = { campaignId: "camp_1", leads: 1, expected: [wanted], messages: checkMessages([wanted], [arrival]) };

test("a log that tells each fact once is right", () => {
  expect(checkLog(log, facts)).toEqual([]);
});

test("a fact that is missing from the log, told twice, unknown or told wrongly is found", () => {
  for (const index of log.keys()) {
    expect(checkLog(log.toSpliced(index, 1), facts), `without ${log[index]!.eventType}`).not.toEqual([]);
    expect(checkLog([...log, log[index]!], facts), `${log[index]!.eventType} twice`).not.toEqual([]);
  }
  expect(checkLog([...log, { ...log[0]!, eventType: "message.failed" }], facts)).not.toEqual([]);
  const wrong = [
    { sequenceStep: 1 },
    { isFollowUp: false },
    { providerMessageId: "SM2" },
    { campaignId: null },
    { source: "api" },
  ];
  for (const part of wrong) {
    const changed = log.with(1, { ...log[1]!, data: { ...data, ...part } });
    expect(checkLog(changed, facts), JSON.stringify(part)).toHaveLength(1);
  }
});

const secret = "0123456789abcdef";

async function receivers() {
  const herald = `whsec_${Buffer.alloc(32).toString("base64")}`;
  const all = {
    herald: await startReceiver({ format: "herald", secret: herald }),
    sendpilot: await startReceiver({ format: "sendpilot", secret }),
    apten: await startReceiver({ format: "apten", secret }),
  };
  onTestFinished(async () => void (await Promise.all(Object.values(all).map((receiver) => receiver.close()))));
  return all;
}

async function sendApten(url: string, payload: unknown, key = secret): Promise<void> {
  const body = JSON.stringify(payload);
  const signature = createHmac("sha256", key).update(body).digest("hex");
  await fetch(url, { method: "POST", body, headers: { "x-signature-sha256": signature } });
}

const aptenPayload = {
  event: "message.sent",
  data: {
    ...{
      leadId: "lead_1",
      phone: "+12025550143",
      channel: "sms",
      profile: "Default Profile",
      isFollowUp: true,
      followUpStep: 1,
    },
    content: { text: "Hi" },
  },
  timestamp: "2026-01-05T09:30:00Z",
};

test("an event counts as delivered when a valid request says just what the log says, and once however often it comes", async () => {
  const all = await receivers();
  await sendApten(all.apten.url, aptenPayload);
  await sendApten(all.apten.url, aptenPayload);
  const check = checkDeliveries(log.slice(1, 2), all);
  expect(check).toMatchObject({ deliveries: { apten: 1 }, signaturesValid: 2, signaturesInvalid: 0 });
  // The herald receiver has not been told; the sendpilot one can't be.
  expect(check).toMatchObject({
    lost: 1,
    complaints: [expect.stringContaining("the herald receiver misses 1 of 1 events")],
  });
});

test("a wrong signature, another payload and an event of nobody's are no deliveries", async () => {
  const all = await receivers();
  await sendApten(all.apten.url, aptenPayload, "another secret 123");
  await sendApten(all.apten.url, { ...aptenPayload, timestamp: "2026-01-05T09:30:01Z" });
  await sendApten(all.apten.url, { event: "message.sent", data: { leadId: "lead_2" } });
  const { deliveries, signaturesInvalid, complaints } = checkDeliveries(log.slice(1, 2), all);
  expect({ deliveries, signaturesInvalid }).toMatchObject({ deliveries: { apten: 0 }, signaturesInvalid: 1 });
  expect(complaints.join()).toMatch(
    /told something else than the log says.*not in the log.*the apten receiver misses 1 of 1/,
  );
});

test("the demo's people are the 60 good rows of the file, each with all that the messages need, and nobody twice", () => {
  const people = readPeople(leadsFile());
  expect([people.length, badLines.length]).toEqual([60, 6]);
  for (const person of people) expect(Object.values(person).every((value) => value !== "")).toBe(true);
  expect(people.every(({ phone, email }) => /^\+\d{10,13}$/.test(phone) && /^[a-z.-]+@example\.\w+$/.test(email))).toBe(
    true,
  );
  const messages = expectedMessages(people).map((message) => JSON.stringify(message));
  expect([messages.length, new Set(messages).size]).toEqual([190, 190]);
});

test("a profile is recognised in any spelling", () => {
  for (const url of ["LinkedIn.com/in/Jane-M%C3%BCller?trk=x", "http://de.linkedin.com/in/jane-müller/en"]) {
    expect(slugOf(url)).toBe("jane-müller");
  }
});
