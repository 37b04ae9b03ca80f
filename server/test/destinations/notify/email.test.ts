import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { OpenSenders } from "../../../src/campaigns/senders.ts";
import type { ChannelAdapter } from "../../../src/channels/channel.ts";
import { smtp } from "../../../src/channels/email/smtp.ts";
import { loadConfig } from "../../../src/config.ts";
import { recordEvents } from "../../../src/db/event.ts";
import { laneHealth } from "../../../src/db/lane.ts";
import { addMember } from "../../../src/db/member.ts";
import { newEvent } from "../../../src/db/new-event.ts";
import type { Database } from "../../../src/db/pool.ts";
import { NotificationFlusher } from "../../../src/destinations/notify/flusher.ts";
import { systemAdapters } from "../../../src/destinations/systems.ts";
import { HttpClient } from "../../../src/destinations/webhook/http-client.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { newId } from "../../../src/domain/id.ts";
import { type LoopbackSmtp, startSmtp } from "../../../src/loopback/smtp.ts";
import { NotifyMail } from "../../../src/notify-mail.ts";
import { testDatabase } from "../../database.ts";
import { box, makeDestination, makeSender, makeWorkspace } from "../../factories.ts";

let db: Database;
let close: () => Promise<void>;
let server: LoopbackSmtp;
let mail: NotifyMail;
let workspaceId: string;
const client = new HttpClient({ timeoutMs: 60_000 });
beforeAll(async () => {
  ({ db, close } = await testDatabase());
  server = await startSmtp({ unknownRecipients: ["gone@team.example"] });
  const adapters = new Map([["smtp", smtp as unknown as ChannelAdapter]]);
  const { notifySmtp } = loadConfig({
    HERALD_NOTIFY_SMTP: `smtp://127.0.0.1:${server.port}?security=none`,
    HERALD_NOTIFY_FROM: "herald@team.example",
  });
  mail = new NotifyMail({ db, senders: new OpenSenders({ db, box, adapters }), server: notifySmtp });
});
afterAll(async () => {
  await mail.close();
  await server.close();
  await client.close();
  await close();
});
beforeEach(async () => {
  await db.query("truncate notification, notifier, destination, lane, outbox");
  workspaceId = await makeWorkspace(db);
});

const shared = () => ({ db, box, client, allowPrivate: true, wake: () => {}, mail });

/** An email destination, a flusher, and a clock of the test's own. */
async function setup(config: object) {
  let now = Date.now();
  const clock = () => now;
  const adapter = systemAdapters({ ...shared(), clock }).get("email")!;
  const { id } = await makeDestination(db, workspaceId);
  const parsed = adapter.config.parse(config);
  await db.query("update destination set kind = 'email', config = $1, credentials = $2 where id = $3", [
    ...[parsed, box.seal("{}", `${workspaceId}/${id}`), id],
  ]);
  const system = adapter.open({ workspaceId, destinationId: id, name: "Team", config: parsed, credentials: {} });
  const flusher = new NotificationFlusher({
    ...{ ...shared(), clock, publicUrl: "https://herald.example.com", wakeDeliveries: () => {} },
    onError: (_stage, error) => expect.unreachable(String(error)),
  });
  const before = server.mails.length;
  return {
    system,
    async tell(n: number, data: object = {}) {
      const sample = eventSample(workspaceId, "reply.received").data;
      const events = Array.from({ length: n }, () =>
        newEvent(workspaceId, "reply.received", { ...sample, ...data } as never, {}),
      );
      await recordEvents(db, events);
      for (const { id: eventId, data: text } of events)
        await system.deliver(
          {
            ...{ eventId, eventType: "reply.received", workspaceId, attempt: 1, data: text },
            timestamp: new Date(now).toISOString(),
          },
          AbortSignal.timeout(60_000),
        );
    },
    async flush(afterMs = 0) {
      now += afterMs;
      await flusher.runOnce();
    },
    mails: () => server.mails.slice(before),
    reason: async () => (await laneHealth(db, workspaceId, [id])).get(id)!.notifications?.reason,
  };
}

test("each address and each member with the role gets a mail, with what the lead wrote escaped, and a link into Herald", async () => {
  for (const [email, role] of [
    ["Ada@team.example", "admin"],
    ["view@team.example", "viewer"],
  ] as const) {
    const id = newId("user");
    await db.query("insert into user_account (id, email, name) values ($1, $2, 'A')", [id, email]);
    await addMember(db, workspaceId, id, role);
  }
  const t = await setup({ to: ["ops@team.example", "ADA@team.example"], roles: ["admin"] });
  const text = `<script>alert(1)</script> & see evil.example\nhttps://evil.example/x`;
  await t.tell(1, { content: { subject: null, text }, conversationId: "conv_1" });
  await t.flush();
  expect(
    t
      .mails()
      .map(({ to }) => to[0])
      .sort(),
  ).toEqual(["ada@team.example", "ops@team.example"]);
  const [mail] = t.mails();
  expect(mail).toMatchObject({ from: "herald@team.example", sender: { name: "Herald" } });
  expect(mail!.headers.get("auto-submitted")).toBe("auto-generated");
  expect(mail!.text).toContain("> <script>alert(1)</script> & see evil.example");
  expect(mail!.text).toContain(`https://herald.example.com/inbox/conv_1?workspace=${workspaceId}`);
  expect(mail!.html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; see evil");
  expect(mail!.html).not.toContain("evil.example");
  expect([...mail!.html!.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual([
    `https://herald.example.com/inbox/conv_1?workspace=${workspaceId}`,
  ]);
  // Told again, nothing comes twice.
  await t.flush(120_000);
  expect(t.mails()).toHaveLength(2);
});

test("a digest counts what came, and quiet hours hold it", async () => {
  const t = await setup({ to: ["ops@team.example"], mode: "digest", everyMinutes: 30 });
  await t.tell(25);
  await t.flush();
  expect(t.mails()).toEqual([]);
  await t.flush(31 * 60_000);
  expect(t.mails()).toHaveLength(1);
  expect(t.mails()[0]).toMatchObject({ subject: "25 events from Herald" });
  expect(t.mails()[0]!.text).toContain("25 reply.received");
  expect(t.mails()[0]!.text).toContain("... and 5 more.");
});

test("who can't be reached keeps it from nobody else, and is named; where nobody is reached it is sent again, under the same Message-ID", async () => {
  const t = await setup({ to: ["ops@team.example", "gone@team.example"] });
  await t.tell(1);
  await t.flush();
  expect(t.mails()).toHaveLength(1);
  expect(await t.reason()).toMatch(/^Not everybody got the last mail\. gone@team\.example: .*550/);
  const one = await setup({ to: ["ops@team.example"] });
  server.fault({ at: "end", drop: true, store: true });
  await one.tell(1);
  await one.flush();
  expect(await one.reason()).toContain("ops@team.example");
  await one.flush(60_000);
  expect(new Set(one.mails().map(({ messageId }) => messageId)).size).toBe(1);
  expect(one.mails()).toHaveLength(2);
  expect(await one.reason()).toBeNull();
});

test("it goes by a sender of the workspace where that is named, and verifying logs in and sends nothing", async () => {
  const senderId = await makeSender(db, workspaceId, "email", "smtp");
  const config = { host: "127.0.0.1", port: server.port, security: "none", from: "sales@team.example" };
  await db.query("update sender set config = $1 where id = $2", [JSON.stringify(config), senderId]);
  const t = await setup({ to: ["ops@team.example"], senderId });
  expect(await t.system.verify(AbortSignal.timeout(60_000))).toMatchObject({
    ...{ ok: true, detail: expect.stringContaining("Nothing was sent.") },
  });
  await t.tell(1);
  await t.flush();
  expect(t.mails()).toMatchObject([{ from: "sales@team.example" }]);
  const nobody = await setup({ roles: ["owner"] });
  expect(await nobody.system.verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: false, code: "no_recipients" });
  const sms = await makeSender(db, workspaceId, "sms");
  const wrong = await setup({ to: ["ops@team.example"], senderId: sms });
  expect(await wrong.system.verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: false, code: "no_mail_server" });
});

test("settings without a recipient, or without a mail server, are refused with what to do", () => {
  const { mail: _, ...without } = shared();
  const check = (config: object, options: Parameters<typeof systemAdapters>[0] = shared()) => {
    const adapter = systemAdapters(options).get("email")!;
    return adapter.check!(adapter.config.parse(config), {});
  };
  expect(check({})).toMatchObject({ field: "config.to" });
  expect(check({ to: ["a@b.example"] }, without)).toMatchObject({ field: "config.senderId" });
  expect(check({ to: ["a@b.example"] })).toBeNull();
  expect(() => loadConfig({ HERALD_NOTIFY_SMTP: "smtp://mail.example.com" })).toThrow("HERALD_NOTIFY_FROM");
  expect(() => loadConfig({ HERALD_NOTIFY_SMTP: "mail.example.com" })).toThrow("smtps://");
});
