import { afterAll, beforeAll, expect, test } from "vitest";
import { openModel } from "../../src/assistant/ai-model.ts";
import { approveTurn } from "../../src/assistant/drafts.ts";
import { switchProfile } from "../../src/assistant/lead-profile.ts";
import { writeKnowledge } from "../../src/assistant/profiles.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { createApiKey } from "../../src/db/api-key.ts";
import { deleteOldTurns } from "../../src/db/assistant-turn.ts";
import { listMessages } from "../../src/db/message.ts";
import { startImap } from "../../src/loopback/imap.ts";
import { lastWords, type ModelLoopback, saying, startModelLoopback } from "../../src/loopback/model.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { startTwilio } from "../../src/loopback/twilio.ts";
import { startUnipile } from "../../src/loopback/unipile.ts";
import { box } from "../factories.ts";
import { address, login, mail, mailboxApi } from "../sources/mailbox-setup.ts";
import { accountSid, inboundSms, twilioToken } from "../sources/source-setup.ts";
import { world } from "./setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
let loopback: ModelLoopback;
beforeAll(async () => {
  given = await mailboxApi();
  loopback = await startModelLoopback({ apiKey: "k" });
});
afterAll(async () => {
  await loopback.close();
  await given.close();
});

/** Providers as they are spoken to, and what has arrived there: recipient and text. */
const providers = {
  async sms() {
    const server = await startTwilio({ accountSid, authToken: twilioToken });
    return {
      adapter: twilio as ChannelAdapter,
      config: { accountSid, from: "+12025550100", baseUrl: server.url },
      credentials: { authToken: twilioToken },
      arrived: () => server.messages.map(({ to, body }) => [to, body]),
      chatId: () => "",
      close: () => server.close(),
    };
  },
  async email() {
    const server = await startSmtp({ user: "u", pass: "p" });
    return {
      adapter: smtp as ChannelAdapter,
      config: { host: "127.0.0.1", port: server.port, security: "none", from: "sales@example.com" },
      credentials: { user: "u", pass: "p" },
      arrived: () => server.mails.map(({ to, text }) => [String(to), (text ?? "").trim()]),
      chatId: () => "",
      close: () => server.close(),
    };
  },
  async linkedin() {
    const server = await startUnipile({ apiKey: "k", accountId: "a" });
    return {
      adapter: unipile as ChannelAdapter,
      config: { dsn: server.url, accountId: "a" },
      credentials: { apiKey: "k" },
      arrived: () => server.messages.map(({ to, body }) => [to, body]),
      chatId: () => server.messages.at(-1)!.chatId!,
      close: () => server.close(),
    };
  },
};

type World = Awaited<ReturnType<typeof world>>;
type Provider = Awaited<ReturnType<(typeof providers)[keyof typeof providers]>>;

/** How the lead's words come in: as the provider tells of them, to an address of Herald's, or into the sender's mailbox. */
const incoming = {
  async sms(w: World) {
    const source = await sourceOf(w, "twilio");
    let n = 0;
    const told = (Body: string) =>
      inboundSms({ MessageSid: `SMin${++n}${w.lead.id}`, From: w.lead.phone, To: "+12025550100", Body });
    return { says: (text: string) => given.tell(source, told(text)), close: async () => {} };
  },
  async linkedin(w: World, provider: Provider) {
    const source = await sourceOf(w, "unipile");
    let n = 0;
    const slug = /in\/([^/]+)/.exec(w.lead.linkedin_url)![1]!;
    const lead = {
      ...{ attendee_id: "a1", attendee_name: "Grace Hopper", attendee_provider_id: `ACo_${slug}` },
      attendee_profile_url: `https://www.linkedin.com/in/${slug}`,
    };
    const told = (message: string) => ({
      ...{ event: "message_received", account_id: "a", account_type: "LINKEDIN", webhook_name: "herald", message },
      account_info: { type: "LINKEDIN", feature: "classic", user_id: "ACoOWN" },
      ...{ chat_id: provider.chatId(), message_id: `um_${++n}_${slug}`, timestamp: new Date().toISOString() },
      ...{ sender: lead, attendees: [lead], attachments: [] },
    });
    return { says: (text: string) => given.tell(source, told(text)), close: async () => {} };
  },
  async email(w: World, provider: Provider) {
    const imap = await startImap(login);
    const secret = await adminKey(w);
    // The same account sends and is read.
    await given.db.query("delete from sender where id = $1", [w.senderId]);
    const reads = { host: "127.0.0.1", port: imap.port, security: "none" };
    const body = {
      name: "Mailbox",
      channel: "email",
      provider: "smtp",
      config: { ...provider.config, from: address, imap: reads },
    };
    const made = await given.call("POST", "/v1/senders", {
      body: {
        ...body,
        limits: { message: { minGapSeconds: 0 } },
        credentials: { ...provider.credentials, imap: login },
      },
      key: secret,
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const reading = await given.startReading();
    await reading.caughtUp(1);
    return {
      async says(text: string) {
        imap.deliver("INBOX", mail({ From: w.lead.email, Subject: "Re: Solar panels" }, text));
        const path = `/v1/senders/${made.body.id}/mailbox`;
        for (;;) {
          const { body: state } = await given.call("GET", path, { key: secret });
          const inbox = state.folders.find((one: { path: string }) => one.path === "INBOX");
          if (inbox?.lastUid === imap.folder("INBOX").next - 1) break;
          await reading.caughtUp();
        }
        await given.drain();
      },
      async close() {
        await reading.die();
        await imap.close();
      },
    };
  },
};

const adminKey = async (w: World) =>
  (await createApiKey(given.db, w.workspaceId, { name: "test", scopes: ["admin"] })).secret;

async function sourceOf(w: World, kind: "twilio" | "unipile") {
  const secret = kind === "twilio" ? { secret: twilioToken } : {};
  const key = await adminKey(w);
  const { body } = await given.call("POST", "/v1/sources", { body: { kind, ...secret }, key });
  return { id: body.id, path: body.path, secret: body.secret ?? twilioToken, kind };
}

test.each(["sms", "email", "linkedin"] as const)(
  "a conversation by %s from the first message to the hand-off, heard through the provider and approved draft by draft",
  async (channel) => {
    const { db } = given;
    const provider = await providers[channel]();
    loopback.think((request) => {
      if (!request.data || request.data.conversation.length === 0) {
        return saying({ message: { text: "Hello! Do you want to hear about solar panels?", subject: "Solar panels" } });
      }
      if (/person/.test(lastWords(request))) {
        return saying({ message: { text: "A colleague will write to you." }, handOver: "Wants a person." });
      }
      const price = request.data.knowledge.find(({ text }) => text.includes("400"));
      return saying({ message: { text: price ? "A panel costs $400." : "I will find out." } });
    });
    const w = await world(db, { channel, adapter: provider.adapter, profile: { channels: [channel], mode: "draft" } });
    const credentials = box.seal(JSON.stringify(provider.credentials), `${w.workspaceId}/${w.senderId}`);
    await db.query(
      `update sender set provider = $2, config = $3, credentials = $4, limits = '{"message": {"minGapSeconds": 0}}' where id = $1`,
      [...[w.senderId, provider.adapter.provider, JSON.stringify(provider.config), credentials]],
    );
    const about = { id: null, profileId: w.profile.id, language: "english", before: 0 };
    await db.transaction((tx) =>
      writeKnowledge(tx, w.workspaceId, { ...about, title: "Prices", content: "A panel costs $400." }),
    );
    const access = {
      provider: "openai_compatible" as const,
      baseUrl: `${loopback.url}/v1`,
      model: "loopback-1",
      apiKey: "k",
      fetch,
    };
    const assistant = w.newAssistant(openModel(access));
    const settle = async () => {
      while ((await assistant.runOnce()) > 0) await assistant.idle();
      for (const { id, state } of await w.turns()) {
        if (state === "draft") await db.transaction((tx) => approveTurn(tx, w.workspaceId, id, { by: "ada" }));
      }
      await w.engine.drain();
    };
    const lead = await incoming[channel](w, provider);
    await db.transaction((tx) => switchProfile(tx, w.workspaceId, w.lead.id, { profile: "Solar", sendMessage: true }));
    await settle();
    await lead.says("What do your panels cost?");
    await settle();
    await lead.says("I want to speak to a person.");
    await settle();
    await lead.says("Hello?");
    await settle();
    const texts = provider.arrived().map(([, text]) => text);
    expect(texts).toEqual([
      "Hello! Do you want to hear about solar panels?",
      "A panel costs $400.",
      "A colleague will write to you.",
    ]);
    expect(new Set(provider.arrived().map(([to]) => to)).size).toBe(1);
    const events = await w.events("message.sent");
    expect(events.map(({ source, channel: by, content }) => [source, by, content.subject])).toEqual(
      texts.map((_, i) => [
        "assistant",
        channel,
        channel === "email" ? (i === 0 ? "Solar panels" : "Re: Solar panels") : null,
      ]),
    );
    expect((await w.events("task.created")).map(({ text }) => text)).toEqual([
      "The assistant hands over: Wants a person.",
    ]);
    // What each message cost is said by the message, for as long as there is one; a turn without one goes in time.
    await db.query("update assistant_turn set created_at = now() - interval '400 days' where workspace_id = $1", [
      w.workspaceId,
    ]);
    const before = (await w.turns()).filter(({ messageId }) => messageId === null).length;
    expect([before, await deleteOldTurns(db, 365)]).toEqual([1, 1]);
    const { rows: written } = await listMessages(db, w.workspaceId, { leadId: w.lead.id, limit: 10 });
    expect(written.map(({ direction, writtenBy }) => [direction, writtenBy?.model ?? null])).toEqual(
      ["in", "out", "in", "out", "in", "out"].map((way) =>
        way === "in" ? ["inbound", null] : ["outbound", "scripted"],
      ),
    );
    for (const { writtenBy } of written) if (writtenBy) expect(writtenBy.costMicros).toBeGreaterThan(0);
    expect([...w.errors, ...given.errors]).toEqual([]);
    await lead.close();
    await w.close();
    await provider.close();
  },
);
