import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { ChannelAdapter, OutboundMessage, SenderConnection } from "../../src/channels/channel.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { sandboxAdapter } from "../../src/channels/sandbox.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { startTwilio } from "../../src/loopback/twilio.ts";
import { startUnipile } from "../../src/loopback/unipile.ts";
import { noDeadline, outboundMessage } from "./outbound-message.ts";

/**
 * What every channel adapter must keep, whatever its provider. A new adapter gets a line in `providers` and is held to all
 * of it.
 */
interface Provider {
  adapter: ChannelAdapter;
  message: OutboundMessage;
  config: unknown;
  credentials: unknown;
  /** The same sender, pointed at a port where nobody listens; null where there is no connection. */
  deadConfig(port: number): unknown;
  /** How many messages the provider holds. */
  held(): number;
  /** The next message is taken, and its answer lost. Null where no answer can be lost. */
  loseAnswer: (() => void) | null;
  close(): Promise<void>;
}

const accountSid = `AC${"1".repeat(32)}`;

const providers: Record<string, () => Promise<Provider>> = {
  async twilio() {
    const server = await startTwilio({ accountSid, authToken: "t" });
    const config = (baseUrl: string) => ({ accountSid, from: "+12025550100", baseUrl });
    return {
      adapter: twilio as ChannelAdapter,
      message: outboundMessage({ to: "+12025550123" }),
      config: config(server.url),
      credentials: { authToken: "t" },
      deadConfig: (port) => config(`http://127.0.0.1:${port}`),
      held: () => server.messages.length,
      loseAnswer: () => server.faults.next({ kind: "reset", when: "after" }),
      close: () => server.close(),
    };
  },
  async unipile() {
    const server = await startUnipile({ apiKey: "k", accountId: "a" });
    return {
      adapter: unipile as ChannelAdapter,
      message: outboundMessage({ channel: "linkedin", to: "https://www.linkedin.com/in/anna" }),
      config: { dsn: server.url, accountId: "a" },
      credentials: { apiKey: "k" },
      deadConfig: (port) => ({ dsn: `http://127.0.0.1:${port}`, accountId: "a" }),
      held: () => server.messages.length,
      loseAnswer: () => server.faults.next({ kind: "reset", when: "after" }),
      close: () => server.close(),
    };
  },
  async smtp() {
    const server = await startSmtp({ user: "u", pass: "p" });
    const config = (port: number) => ({ host: "127.0.0.1", port, security: "none", from: "sales@example.com" });
    return {
      adapter: smtp as ChannelAdapter,
      message: outboundMessage({ channel: "email", to: "anna@example.com", subject: "Tuesday" }),
      config: config(server.port),
      credentials: { user: "u", pass: "p" },
      deadConfig: config,
      held: () => server.mails.length,
      loseAnswer: () => server.fault({ at: "end", store: true, drop: true }),
      close: () => server.close(),
    };
  },
  async sandbox() {
    const stored = new Set<string>();
    const adapter = sandboxAdapter({
      store: async (message) => void stored.add(message.messageId),
      has: async (message) => stored.has(message.messageId),
    });
    return {
      adapter: adapter as ChannelAdapter,
      message: outboundMessage(),
      config: {},
      credentials: {},
      deadConfig: () => null,
      held: () => stored.size,
      loseAnswer: null,
      close: async () => {},
    };
  },
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe.each(Object.keys(providers))("%s", (name) => {
  async function setup(configOf: (provider: Provider) => unknown = (provider) => provider.config) {
    const provider = await providers[name]!();
    const { adapter } = provider;
    const connection: SenderConnection = adapter.open({
      senderId: "sender_01k00000000000000000000000",
      workspaceId: provider.message.workspaceId,
      channel: provider.message.channel,
      name: "Anna's colleague",
      config: adapter.config.parse(configOf(provider)),
      credentials: adapter.credentials.parse(provider.credentials),
    });
    closers.push(
      () => connection.close(),
      () => provider.close(),
    );
    return { ...provider, connection };
  }

  test("what is sent arrives once and has the provider's ID", async () => {
    const { connection, message, held } = await setup();
    const result = await connection.send(message, noDeadline());
    expect(result).toMatchObject({ outcome: "sent", providerMessageId: expect.stringMatching(/.+/) });
    expect(held()).toBe(1);
  });

  test("verify connects, and sends nothing", async () => {
    const { connection, held } = await setup();
    expect(await connection.verify(noDeadline())).toMatchObject({ ok: true });
    expect(held()).toBe(0);
  });

  test("settings and credentials with unknown fields are refused: a typo must not pass", async () => {
    const { adapter, config, credentials } = await setup();
    expect(adapter.config.safeParse({ ...(config as object), typo: 1 }).success).toBe(false);
    expect(adapter.credentials.safeParse({ ...(credentials as object), typo: 1 }).success).toBe(false);
  });

  test("where nobody listens the message was surely not sent: retry, and verify says why", async () => {
    const unused = createServer().listen(0, "127.0.0.1");
    await once(unused, "listening");
    const { port } = unused.address() as { port: number };
    unused.close();
    const provider = await setup((p) => p.deadConfig(port) ?? p.config);
    if (provider.deadConfig(port) === null) return;
    expect(await provider.connection.send(provider.message, noDeadline())).toMatchObject({ outcome: "retry" });
    expect(await provider.connection.verify(noDeadline())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/.+/),
    });
  });

  test("an answer that was lost makes the message uncertain, never retried; the look-up finds it, or says that it can't", async () => {
    const { adapter, connection, message, held, loseAnswer } = await setup();
    if (loseAnswer === null) return;
    loseAnswer();
    const attempted = { ...message, attemptedAt: new Date() };
    expect(await connection.send(attempted, noDeadline())).toMatchObject({ outcome: "uncertain" });
    expect(held()).toBe(1);
    const looked = await connection.reconcile(attempted, noDeadline());
    if (adapter.canReconcile)
      expect(looked).toMatchObject({
        outcome: "found",
        candidates: [{ providerMessageId: expect.stringMatching(/.+/) }],
      });
    else expect(looked).toMatchObject({ outcome: "unknown" });
  });

  test("a deadline that has passed ends the call without an exception, and nothing goes out", async () => {
    const { connection, message, held } = await setup();
    const result = await connection.send(message, AbortSignal.abort());
    // The sandbox is a row in the database: it has no exchange to end.
    if (name !== "sandbox") {
      expect(result).toMatchObject({ outcome: "retry" });
      expect(held()).toBe(0);
    }
  });
});
