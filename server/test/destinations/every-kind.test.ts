import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpenSenders } from "../../src/campaigns/senders.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { loadConfig } from "../../src/config.ts";
import { retryDelivery } from "../../src/db/delivery.ts";
import { updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { NotificationFlusher } from "../../src/destinations/notify/flusher.ts";
import { type SystemOptions, systemAdapters } from "../../src/destinations/systems.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { type DestinationKind, destinationKinds } from "../../src/domain/destination-kind.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { startChat } from "../../src/loopback/chats.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { NotifyMail } from "../../src/notify-mail.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { box, makeDestination, makeLead, makeWorkspace } from "../factories.ts";
import { crmKinds, startPeer } from "./crm/setup.ts";

/**
 * What every kind of destination promises, each against its peer on loopback, through the outbox and its log: a limit is waited out,
 * an answer that is lost loses no event, a crash neither, what was told is not told again where the peer allows it, and an access that is
 * refused is said in words, without the secret. A kind that is added has no peer here, and fails.
 */

let db: Database;
let close: () => Promise<void>;
let now = Date.now();
const clock = () => now;
const client = new HttpClient({ timeoutMs: 60_000 });
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => {
  await client.close();
  await close();
});

/** The other end. */
interface Peer {
  config: object;
  credentials: object | null;
  /** How often an event may be there that was told once, and whose answer was lost. */
  mostOfOne: 1 | 2;
  /** The first call that tells of something is answered "not so fast"; the next one is carried out, and never answered. */
  misbehave(): void;
  /** Everything that arrived, as texts. */
  arrived(): string[];
  /** Nobody may call any more. */
  refuse(): Promise<void> | void;
  secret: string;
  close(): Promise<void>;
}

const secret = "secret-1234567890";

const makers: Record<DestinationKind, (webhookSecret: string) => Promise<Peer>> = {
  async webhook(given) {
    const receiver = await startReceiver({ format: "herald", secret: given });
    return {
      ...{ config: { url: `${receiver.url}/hook` }, credentials: null, mostOfOne: 2, secret: given },
      misbehave: () => receiver.next({ status: 429, headers: { "retry-after": "1" } }, { reset: true }),
      arrived: () => receiver.requests.filter((_, n) => n > 0).map(({ raw }) => String(raw)),
      refuse: () => receiver.always({ status: 410 }),
      close: () => receiver.close(),
    };
  },
  ...(Object.fromEntries(crmKinds.map((kind) => [kind, () => crm(kind)])) as Record<
    (typeof crmKinds)[number],
    () => Promise<Peer>
  >),
  slack: () => chat("slack"),
  teams: () => chat("teams"),
  discord: () => chat("discord"),
  async email() {
    const server = await startSmtp({ user: "team", pass: secret });
    let [mails, own] = [server.mails, server];
    return {
      ...{ config: { to: ["team@example.com"] }, credentials: {}, mostOfOne: 2, secret },
      misbehave: () =>
        server.fault({ at: "mail", reply: "421 4.7.0 not so fast" }, { at: "end", drop: true, store: true }),
      // A mail that is sent again has the Message-ID that it had, by which programs know it.
      arrived: () => [...new Map(mails.map((mail) => [mail.messageId, mail.text ?? ""])).values()],
      async refuse() {
        const { port } = server;
        mails = [...server.mails];
        await server.close();
        own = await startSmtp({ port, user: "team", pass: "another" });
      },
      close: () => own.close(),
      port: server.port,
    } as Peer;
  },
};

async function crm(kind: (typeof crmKinds)[number]): Promise<Peer> {
  const peer = await startPeer(kind);
  peer.addPerson({ email: "jane@example.com" });
  return {
    ...{ config: { ...peer.config, callsPerSecond: 1_000 }, credentials: peer.credentials, mostOfOne: 1, secret },
    misbehave() {
      peer.faults.when((request) => peer.creates(request), { kind: "answer", ...peer.limited(0) });
      peer.faults.when((request) => peer.creates(request), { kind: "reset", when: "after" });
    },
    arrived: () => peer.activities.map(({ body }) => body),
    refuse: () => peer.revoke(),
    close: () => peer.close(),
  };
}

async function chat(kind: "slack" | "teams" | "discord"): Promise<Peer> {
  const server = await startChat({ kind, clock });
  return {
    ...{ config: {}, credentials: { url: server.hook }, mostOfOne: 2, secret: server.hook.split("/").at(-1)! },
    misbehave: () =>
      server.faults.next(
        { kind: "answer", status: 429, headers: { "retry-after": "1" }, body: "rate_limited" },
        { kind: "reset", when: "after" },
      ),
    arrived: () => server.posts.map((post) => JSON.stringify(post)),
    refuse: () => {
      server.state = "revoked";
    },
    close: () => server.close(),
  };
}

async function setup(kind: DestinationKind) {
  await db.query("truncate outbox, lane, destination, notification, notifier, attempt");
  now = Date.now();
  const workspaceId = await makeWorkspace(db);
  const { id, secret: webhookSecret } = await makeDestination(db, workspaceId);
  const peer = await makers[kind](webhookSecret);
  const { notifySmtp } = loadConfig({
    HERALD_NOTIFY_SMTP: `smtp://team:${secret}@127.0.0.1:${(peer as { port?: number }).port ?? 9}?security=none`,
    HERALD_NOTIFY_FROM: "herald@team.example",
  });
  const mail = new NotifyMail({
    ...{ db, server: notifySmtp },
    senders: new OpenSenders({ db, box, adapters: new Map([["smtp", smtp as never]]) }),
  });
  const shared = { db, box, client, allowPrivate: true, wake: () => {}, mail, clock };
  const systems = systemAdapters({ ...shared, leaseMs: 0, settleMs: 0 } as SystemOptions);
  if (kind === "webhook") await updateDestination(db, workspaceId, id, peer.config as { url: string });
  else
    await db.query("update destination set kind = $2, config = $3, credentials = $4 where id = $1", [
      ...[id, kind, systems.get(kind)!.config.parse(peer.config)],
      box.seal(JSON.stringify(peer.credentials), `${workspaceId}/${id}`),
    ]);
  const leadId = await makeLead(db, workspaceId, { email: "jane@example.com", phone: null, linkedinUrl: null });
  const errors: unknown[] = [];
  const onError = (_stage: string, error: unknown) => void errors.push(error);
  /** A process: what it had open is gone with it. */
  const open = async () => {
    const deliveries = new WebhookDeliveries({ db, box, client, systems });
    const loop = new OutboxLoop(deliveries, { db, workerNo: await registerWorker(db), maxInFlight: 100, onError });
    const flusher = new NotificationFlusher({ ...shared, publicUrl: null, wakeDeliveries: () => {}, onError });
    return { loop, flusher };
  };
  let process = await open();
  const left = async () =>
    (
      await db.query<{ n: number }>(
        `select (select count(*) from outbox where lane_id = $1)::int + (select count(*) from notification where done_at is null)::int as n`,
        [id],
      )
    ).rows[0]!.n;
  return {
    ...{ workspaceId, id, peer, left },
    /** Each event's words are its own. */
    async record(words: readonly string[]): Promise<string[]> {
      const events = words.map((text) => {
        const sample = eventSample(workspaceId, "reply.received", { channel: "linkedin" });
        const addresses = { email: "jane@example.com", phone: null, linkedinUrl: null, externalLeadId: null };
        const data = { ...sample.data, ...addresses, leadId, content: { subject: null, text } };
        return newEvent(workspaceId, "reply.received", data as never, { leadId });
      });
      await recordEvents(db, events);
      return events.map((event) => event.id);
    },
    async round() {
      await db.query("update outbox set due_at = now() where due_at < 'infinity'");
      await db.query("update lane set ready_at = now(), parked_until = null");
      await db.query("delete from crm_pace");
      await process.loop.runOnce();
      await process.loop.idle();
      // Beyond what any chat asks to wait.
      now += 120_000;
      await process.flusher.runOnce();
      expect(errors).toEqual([]);
    },
    restart: async () => {
      process = await open();
    },
    times: (word: string) => peer.arrived().filter((text) => text.includes(word)).length,
    /** What a person can read of it, in its places. */
    async words() {
      const { rows } = await db.query<{ text: string }>(
        `select concat_ws(' ', d.status, d.status_reason, l.parked_reason, l.broken_reason, n.reason) as text
         from destination d join lane l on l.id = d.id left join notifier n on n.destination_id = d.id where d.id = $1`,
        [id],
      );
      return rows[0]!.text;
    },
    async end() {
      await mail.close();
      await peer.close();
    },
  };
}

describe.each(destinationKinds)("%s", (kind) => {
  test("what is told arrives, by limits, lost answers and a crash; again only where it is asked for; and a refusal is said", async () => {
    const t = await setup(kind);
    const words = ["firstmarker", "secondmarker", "thirdmarker"];
    t.peer.misbehave();
    const ids = await t.record(words);
    for (let n = 0; n < 3; n++) await t.round();
    // The process dies, and another one goes on.
    await t.restart();
    for (let n = 0; n < 20 && (await t.left()) > 0; n++) await t.round();
    expect(await t.left()).toBe(0);
    for (const word of words) {
      expect(t.times(word), word).toBeGreaterThanOrEqual(1);
      expect(t.times(word), word).toBeLessThanOrEqual(t.peer.mostOfOne);
    }
    const { rows } = await db.query("select distinct ref from attempt where lane_id = $1 and outcome = 'succeeded'", [
      t.id,
    ]);
    expect(rows).toHaveLength(3);

    // Somebody asks for it again: of a system that tells apart it is there once, as before.
    const before = t.peer.arrived().length;
    for (const eventId of ids)
      await db.transaction((tx) =>
        retryDelivery(tx, t.workspaceId, { destinationId: t.id, eventId, attempts: 0 } as never),
      );
    for (let n = 0; n < 3; n++) await t.round();
    expect(t.peer.arrived().length - before).toBe(kind === "webhook" ? 3 : 0);

    await t.peer.refuse();
    await t.record(["fourthmarker"]);
    for (let n = 0; n < 3; n++) await t.round();
    expect(t.times("fourthmarker")).toBe(kind === "webhook" ? 1 : 0);
    expect((await t.words()).length, await t.words()).toBeGreaterThan(40);
    const { rows: told } = await db.query("select * from attempt where lane_id = $1", [t.id]);
    expect(JSON.stringify(told) + (await t.words())).not.toContain(t.peer.secret);
    await t.end();
  });
});
