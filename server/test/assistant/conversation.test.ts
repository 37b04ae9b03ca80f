import { afterAll, beforeAll, expect, test } from "vitest";
import { openModel } from "../../src/assistant/ai-model.ts";
import { switchProfile } from "../../src/assistant/lead-profile.ts";
import { writeKnowledge } from "../../src/assistant/profiles.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { deleteOldTurns } from "../../src/db/assistant-turn.ts";
import { listMessages } from "../../src/db/message.ts";
import { lastWords, type ModelLoopback, saying, startModelLoopback } from "../../src/loopback/model.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { startTwilio } from "../../src/loopback/twilio.ts";
import { startUnipile } from "../../src/loopback/unipile.ts";
import { testDatabase } from "../database.ts";
import { box } from "../factories.ts";
import { world } from "./setup.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
let loopback: ModelLoopback;
beforeAll(async () => {
  test_ = await testDatabase();
  loopback = await startModelLoopback({ apiKey: "k" });
});
afterAll(async () => {
  await loopback.close();
  await test_.close();
});

const accountSid = `AC${"1".repeat(32)}`;

/** Providers as they are spoken to, and what has arrived there: recipient and text. */
const providers = {
  async sms() {
    const server = await startTwilio({ accountSid, authToken: "t" });
    return {
      adapter: twilio as ChannelAdapter,
      config: { accountSid, from: "+12025550100", baseUrl: server.url },
      credentials: { authToken: "t" },
      arrived: () => server.messages.map(({ to, body }) => [to, body]),
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
      close: () => server.close(),
    };
  },
};

test.each(["sms", "email", "linkedin"] as const)(
  "a conversation by %s from the first message to the hand-off",
  async (channel) => {
    const { db } = test_;
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
    const w = await world(db, { channel, adapter: provider.adapter, profile: { channels: [channel] } });
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
      await w.engine.drain();
    };
    await db.transaction((tx) => switchProfile(tx, w.workspaceId, w.lead.id, { profile: "Solar", sendMessage: true }));
    await settle();
    await w.says("What do your panels cost?");
    await settle();
    await w.says("I want to speak to a person.");
    await settle();
    await w.says("Hello?");
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
    expect((await w.events("task.created")).map(({ text }) => text)).toEqual(["Wants a person."]);
    // What each message cost is said by the message, for as long as there is one; a turn without one goes in time.
    await db.query("update assistant_turn set created_at = now() - interval '400 days' where workspace_id = $1", [
      w.workspaceId,
    ]);
    const before = (await w.turns()).filter(({ messageId }) => messageId === null).length;
    expect([before, await deleteOldTurns(db, 365)]).toEqual([1, 1]);
    const written = await listMessages(db, w.workspaceId, { leadId: w.lead.id, limit: 10 });
    expect(written.map(({ direction, writtenBy }) => [direction, writtenBy?.model ?? null])).toEqual(
      ["in", "out", "in", "out", "in", "out"].map((way) =>
        way === "in" ? ["inbound", null] : ["outbound", "scripted"],
      ),
    );
    for (const { writtenBy } of written) if (writtenBy) expect(writtenBy.costMicros).toBeGreaterThan(0);
    expect(w.errors).toEqual([]);
    await w.close();
    await provider.close();
  },
);
