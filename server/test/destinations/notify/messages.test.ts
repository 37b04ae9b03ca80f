import { afterAll, beforeAll, expect, test } from "vitest";
import { chats } from "../../../src/destinations/notify/chats.ts";
import { postJson } from "../../../src/destinations/notify/post.ts";
import { digestOf, mostShown, type Note, noteOf } from "../../../src/destinations/notify/words.ts";
import { HttpClient } from "../../../src/destinations/webhook/http-client.ts";
import { type EventType, eventTypes } from "../../../src/domain/event.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { type ChatLoopback, startChat } from "../../../src/loopback/chats.ts";

const kinds = ["slack", "teams", "discord"] as const;
let now = Date.parse("2026-01-05T09:30:00Z");
const client = new HttpClient({ timeoutMs: 60_000 });
const servers = new Map<string, ChatLoopback>();
beforeAll(async () => {
  for (const kind of kinds) servers.set(kind, await startChat({ kind, clock: () => now }));
});
afterAll(async () => {
  await client.close();
  for (const server of servers.values()) await server.close();
});

function note(type: EventType, change: object = {}, names: [string, string][] = []): Note {
  const event = eventSample("ws_1", type);
  const stored = { ...event, data: JSON.stringify({ ...event.data, ...change }) };
  return noteOf(stored as never, new Map(names), { publicUrl: "https://herald.example.com" });
}

async function post(kind: (typeof kinds)[number], body: object) {
  now += 1_000;
  const server = servers.get(kind)!;
  const exchange = await postJson(client, server.hook, "dest", body);
  return { posted: chats.get(kind)!.read(exchange!), refused: server.refusals.splice(0), exchange: exchange! };
}

/** What a lead might write to trouble a channel: mentions, links, markup, control characters, and too much of it. */
const nasty = "@everyone <!channel> <@U123> & **bold** [x](https://evil.example) `c` ||s||\u202e\u0000 # h\n> q\n- l ";

test.each(kinds)("%s takes each event, whatever a lead wrote", async (kind) => {
  const chat = chats.get(kind)!;
  const hostile = {
    content: { subject: nasty, text: nasty.repeat(200) },
    ...{ reason: "&<>*_[](`".repeat(500), campaignName: "<&>".repeat(200), text: "😀".repeat(3_000) },
  };
  const notes = eventTypes.map((type) => note(type, hostile, [["lead_01k9d3v0x5e0rb1v6m2z8q4w7n", "<Ann & Co>"]]));
  for (const one of notes)
    expect(await post(kind, chat.note(one))).toMatchObject({ posted: { outcome: "posted" }, refused: [] });
  const waiting = Array.from({ length: 10_000 }, (_, i) => ({ type: eventTypes[i % eventTypes.length]! }));
  const shown = Array.from({ length: mostShown }, (_, i) => notes[i % notes.length]!);
  const digest = chat.digest(digestOf(waiting, shown));
  expect(await post(kind, digest)).toMatchObject({ posted: { outcome: "posted" }, refused: [] });
  expect(JSON.stringify(digest)).toContain("10,000 events");
});

test("each chat escapes what a lead wrote in its own way", () => {
  const reply = note("reply.received", { content: { subject: null, text: nasty } });
  expect(JSON.stringify(chats.get("slack")!.note(reply))).toContain("@everyone &lt;!channel&gt; &lt;@U123&gt; &amp;");
  const discord = chats.get("discord")!.note(reply) as { embeds: { description: string }[]; allowed_mentions: object };
  expect(discord.allowed_mentions).toEqual({ parse: [] });
  expect(discord.embeds[0]!.description).toContain(
    "\\@everyone \\<!channel\\> \\<\\@U123\\> & \\*\\*bold\\*\\* \\[x\\]\\(",
  );
  expect(JSON.stringify(chats.get("teams")!.note(reply))).not.toContain('"TextBlock"');
  expect(reply.quote).not.toContain("\u202e");
  expect(reply.quote).not.toContain("\u0000");
});

test("a message names people, and leads to what it is about", () => {
  const data = { leadId: "lead_1", campaignId: "camp_1", senderId: "sender_1", channel: "sms" };
  const names: [string, string][] = [
    ["lead_1", "Ann Lee, Acme"],
    ["camp_1", "Spring"],
  ];
  expect(note("message.received", { ...data, conversationId: null }, names)).toMatchObject({
    ...{ title: "Ann Lee, Acme replied by SMS", facts: ["Campaign: Spring"], tone: "good" },
    link: "https://herald.example.com/leads/lead_1?workspace=ws_1",
  });
  const linkTo = (type: EventType, more: object) => note(type, { ...data, ...more }, names).link;
  expect(linkTo("reply.received", { conversationId: "conv_1" })).toBe(
    "https://herald.example.com/inbox/conv_1?workspace=ws_1",
  );
  expect(linkTo("campaign.paused", { leadId: null })).toBe(
    "https://herald.example.com/campaigns/camp_1?workspace=ws_1",
  );
  expect(linkTo("sender.paused", { leadId: null, campaignId: null })).toBe(
    "https://herald.example.com/senders/sender_1?workspace=ws_1",
  );
  const disabled = { leadId: null, campaignId: null, senderId: null, destinationId: "dest_1", destinationName: "CRM" };
  expect(linkTo("destination.disabled", disabled)).toBe(
    "https://herald.example.com/destinations/dest_1?workspace=ws_1",
  );
  const event = { ...eventSample("ws_1", "reply.received"), data: JSON.stringify({ ...data, externalLeadId: "a/b" }) };
  const links = { publicUrl: null, linkTemplate: "https://crm.example.com/p/{externalLeadId}" };
  expect(noteOf(event as never, new Map(), links).link).toBe("https://crm.example.com/p/a%2Fb");
  // Half of an emoji, where a text was cut, can stand in no address: it threw, and the chat was told of nothing any more.
  const half = { ...event, data: JSON.stringify({ ...data, externalLeadId: "a\ud83d" }) };
  expect(noteOf(half as never, new Map(), links).link).toBe("https://crm.example.com/p/a%EF%BF%BD");
  const missing = { publicUrl: null, linkTemplate: "https://crm.example.com/{dealId}" };
  expect(noteOf(event as never, new Map(), missing).link).toBeNull();
});

test("each line of a digest leads to what it is about, and no address ends its link", async () => {
  const link = "https://crm.example.com/p/a)[x](https://evil.example";
  const notes = [
    note("reply.received", { leadId: "lead_1", conversationId: null }),
    { ...note("reply.received"), link },
  ];
  const digest = digestOf([{ type: "reply.received" }, { type: "reply.received" }], notes);
  for (const kind of kinds) {
    const body = chats.get(kind)!.digest(digest);
    expect(await post(kind, body), kind).toMatchObject({ posted: { outcome: "posted" }, refused: [] });
    expect(JSON.stringify(body), kind).toContain("https://herald.example.com/leads/lead_1?workspace=ws_1");
  }
  expect(JSON.stringify(chats.get("discord")!.digest(digest))).toContain(
    "](https://crm.example.com/p/a%29[x]%28https://evil.example)",
  );
});

test("the fakes refuse what the services refuse", async () => {
  const section = { type: "section", text: { type: "mrkdwn", text: "x" } };
  const slack = { text: "x", blocks: Array.from({ length: 51 }, () => section) };
  expect(await post("slack", slack)).toMatchObject({ posted: { outcome: "invalid" }, refused: ["51 blocks"] });
  const unescaped = { text: "x", blocks: [{ ...section, text: { type: "mrkdwn", text: "<!channel>" } }] };
  expect(await post("slack", unescaped)).toMatchObject({ refused: ["not escaped: <!channel>"] });
  expect(await post("discord", { embeds: [{ title: "x" }] })).toMatchObject({
    refused: ["somebody could be mentioned"],
  });
  expect(await post("teams", { type: "message", attachments: [] })).toMatchObject({ posted: { outcome: "invalid" } });
});

test.each([
  ["slack", "archived", "channel_is_archived", "Unarchive it and enable the destination"],
  ["slack", "revoked", "no_service", "Make a new one"],
  ["discord", "revoked", "unknown_webhook", "Make a new one"],
  ["teams", "revoked", "webhook_refused", "make a new one"],
  ["teams", "off", "workflow_off", "Turn it on in Power Automate"],
] as const)("%s that is %s says what to do", async (kind, state, code, words) => {
  const server = servers.get(kind)!;
  server.state = state;
  const { posted } = await post(kind, chats.get(kind)!.note(note("reply.received")));
  server.state = "works";
  expect(posted).toMatchObject({ outcome: "gone", code, detail: expect.stringContaining(words) });
});

test.each(kinds)("%s asks to post less, and is heard", async (kind) => {
  const body = chats.get(kind)!.note(note("reply.received"));
  await post(kind, body);
  now -= 1_000;
  const { posted } = await post(kind, body);
  expect(posted).toMatchObject({ outcome: "retry", afterMs: 1_000 });
});

test("a webhook proves itself without a post, where the chat permits", async () => {
  for (const kind of ["slack", "discord"] as const) {
    const { proof } = chats.get(kind)!;
    const before = servers.get(kind)!.posts.length;
    expect(proof!.proves((await post(kind, proof!.body)).exchange)).toBe(true);
    expect(servers.get(kind)!.posts).toHaveLength(before);
  }
  expect(chats.get("teams")!.proof).toBeNull();
});
