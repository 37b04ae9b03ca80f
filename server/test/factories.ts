import type { CompliancePost } from "../src/campaigns/compliance.ts";
import { enrollLeads } from "../src/campaigns/control.ts";
import { MessageDesk } from "../src/campaigns/desk.ts";
import { Planner } from "../src/campaigns/planner.ts";
import { OpenSenders } from "../src/campaigns/senders.ts";
import { MessageSending } from "../src/campaigns/sending.ts";
import type { ChannelAdapter, OutboundMessage, Reconciliation, SendResult } from "../src/channels/channel.ts";
import { sandboxAdapter } from "../src/channels/sandbox.ts";
import { insertCampaign, type Step } from "../src/db/campaign.ts";
import { insertDestination } from "../src/db/destination.ts";
import type { NewEvent } from "../src/db/event.ts";
import { newEvent } from "../src/db/new-event.ts";
import type { Ordering } from "../src/db/order.ts";
import type { Database, Queryable } from "../src/db/pool.ts";
import { sandboxStore } from "../src/db/sandbox.ts";
import { registerWorker } from "../src/db/worker.ts";
import type { ChannelName } from "../src/domain/event.ts";
import type { FormatName } from "../src/domain/format.ts";
import { formatOf } from "../src/domain/formats.ts";
import { newId } from "../src/domain/id.ts";
import type { PublicLinks } from "../src/domain/public-link.ts";
import type { DailyRange } from "../src/domain/schedule/schedule.ts";
import { SecretBox } from "../src/domain/seal.ts";
import { OutboxLoop } from "../src/outbox/loop.ts";

/** Rows that tests begin with, made through the code that makes them in the product. */

export const box = new SecretBox(Buffer.alloc(32, 7));

/** Its SMS go out at any hour, because tests run at any, unless `smsHours` says otherwise. */
export async function makeWorkspace(
  db: Database,
  { smsHours = { from: "00:00", to: "24:00" } }: { smsHours?: DailyRange } = {},
): Promise<string> {
  const id = newId("workspace");
  await db.query("insert into workspace (id, name, sms_hours) values ($1, 'Test', $2)", [id, JSON.stringify(smsHours)]);
  return id;
}

export async function makeDestination(
  db: Database,
  workspaceId: string,
  options: {
    url?: string;
    format?: FormatName;
    eventTypes?: string[] | null;
    concurrency?: number;
    ordering?: Ordering;
  } = {},
): Promise<{ id: string; secret: string }> {
  const id = newId("destination");
  const format = formatOf(options.format ?? "herald");
  const secret = format.newSecret();
  await insertDestination(db, workspaceId, {
    id,
    name: "Test",
    url: options.url ?? "http://127.0.0.1:9/",
    format: format.name,
    formatBit: format.bit,
    eventTypes: options.eventTypes ?? null,
    ordering: options.ordering,
    secret: box.seal(secret, `${workspaceId}/${id}`),
  });
  // So many from the first, and always.
  if (options.concurrency)
    await db.query("update lane set max_leased = $2, concurrency_limit = null where id = $1", [
      id,
      options.concurrency,
    ]);
  return { id, secret };
}

export async function makeSender(
  db: Database,
  workspaceId: string,
  channel: ChannelName,
  provider = "sandbox",
  concurrency = 64,
): Promise<string> {
  const id = newId("sender");
  await db.query(
    "insert into sender (workspace_id, id, name, channel, provider, address, config) values ($1, $2, 'Test', $3, $4, 'test', '{}')",
    [workspaceId, id, channel, provider],
  );
  await db.query("insert into lane (workspace_id, id, kind, max_leased) values ($1, $2, 'message', $3)", [
    workspaceId,
    id,
    concurrency,
  ]);
  return id;
}

let people = 0;

/** A lead with all three addresses, unless `lead` says otherwise. Tests write numbers of their own with 555, and not with 556. */
export async function makeLead(
  db: Database,
  workspaceId: string,
  lead: { firstName?: string | null; phone?: string | null; email?: string | null; linkedinUrl?: string | null } = {},
): Promise<string> {
  const id = newId("lead");
  const n = ++people;
  await db.query(
    `with added as (
       insert into lead (workspace_id, id, first_name, phone, email, linkedin_url) values ($1, $2, $3, $4, $5, $6) returning status
     )
     insert into lead_standing (workspace_id, status, lead_id) select $1, status, $2 from added`,
    [
      workspaceId,
      id,
      lead.firstName === undefined ? `Person${n}` : lead.firstName,
      lead.phone === undefined ? `+1202556${String(n).padStart(4, "0")}` : lead.phone,
      lead.email === undefined ? `person${n}@example.com` : lead.email,
      lead.linkedinUrl === undefined ? `https://www.linkedin.com/in/person-${n}` : lead.linkedinUrl,
    ],
  );
  return id;
}

export async function makeCampaign(
  db: Database,
  workspaceId: string,
  options: { senderIds: string[]; leadIds: string[]; steps: (Partial<Step> & Pick<Step, "channel">)[] },
): Promise<string> {
  const id = newId("campaign");
  await db.transaction(async (tx) => {
    await insertCampaign(tx, workspaceId, {
      id,
      name: "Test",
      timeZone: null,
      senderIds: options.senderIds,
      steps: options.steps.map((step, i) => ({
        id: newId("step"),
        position: i + 1,
        action: "message",
        delay: { amount: Math.ceil((step.delayMs ?? 0) / 1000), unit: "seconds" },
        delayMs: 0,
        subject: step.channel === "email" ? "Hello" : null,
        text: `Step ${i + 1} for {{ firstName }}`,
        html: null,
        key: null,
        condition: null,
        otherwise: null,
        timeLimit: null,
        variants: null,
        ...step,
      })),
    });
    await enrollLeads(tx, workspaceId, id, options.leadIds);
  });
  return id;
}

/** An event of any workspace, for tests of delivery. */
export function anyEvent(workspaceId: string, n = 0, at = Date.now()) {
  const data = {
    campaignId: newId("campaign"),
    campaignName: `Campaign ${n}`,
    totalLeads: n,
    startedAt: new Date(at).toISOString(),
  };
  return newEvent(workspaceId, "campaign.started", data, { campaignId: data.campaignId }, at);
}

/** Events of the past: stored as they are, where `recordEvents` would give them a time of now. No deliveries are made. */
export async function storePastEvents(db: Queryable, events: readonly NewEvent[]): Promise<void> {
  await db.query(
    `insert into event (workspace_id, at, id, type, lead_id, campaign_id, channel, formats, data)
     select "workspaceId", to_timestamp(at / 1000), id, type, "leadId", "campaignId", channel, formats, data
     from jsonb_to_recordset($1::jsonb) as e ("workspaceId" text, at float8, id text, type text,
       "leadId" text, "campaignId" text, channel text, formats int, data text)`,
    [JSON.stringify(events)],
  );
}

/** An adapter that a test scripts: `onSend` decides what the provider does. */
export function scriptedAdapter(script: {
  onSend: (message: OutboundMessage) => SendResult | Promise<SendResult>;
  onReconcile?: (message: OutboundMessage) => Reconciliation | Promise<Reconciliation>;
  worthBegun?: number;
}): ChannelAdapter {
  const base = sandboxAdapter({ store: async () => {}, has: async () => false });
  return {
    ...(base as ChannelAdapter),
    provider: "scripted",
    canReconcile: script.onReconcile !== undefined,
    open: () => ({
      ...(script.worthBegun !== undefined && { worthBegun: script.worthBegun }),
      send: async (message) => await script.onSend(message),
      reconcile: async (message) =>
        (await script.onReconcile?.(message)) ?? { outcome: "unknown", detail: "not scripted" },
      verify: async () => ({ ok: true, detail: "" }),
      close: async () => {},
    }),
  };
}

/** The sending side of one process, driven by hand (`runOnce`) or started. */
export async function makeEngine(
  db: Database,
  adapter?: ChannelAdapter,
  options: { reconcileAfterMs?: number; links?: PublicLinks; post?: CompliancePost; beginDb?: Database } = {},
) {
  const adapters = new Map<string, ChannelAdapter>([["sandbox", sandboxAdapter(sandboxStore(db)) as ChannelAdapter]]);
  if (adapter) adapters.set(adapter.provider, adapter);
  const workerNo = await registerWorker(db);
  const errors: string[] = [];
  const onError = (stage: string, error: unknown) => errors.push(`${stage}: ${(error as Error).message}`);
  const senders = new OpenSenders({ db, box, adapters, ...(options.post && { post: options.post }) });
  const sending = new MessageSending({
    db,
    ...(options.beginDb && { beginDb: options.beginDb }),
    workerNo,
    senders,
    reconcileAfterMs: options.reconcileAfterMs ?? 0,
    ...(options.links && { links: options.links }),
    onError,
    wakeMessages: (lanes) => messages.wake(lanes),
    wakeDeliveries: () => {},
    wakePlanner: () => planner.wake(),
  });
  const messages = new OutboxLoop(sending, { db, workerNo, maxInFlight: 256, onError });
  const planner: Planner = new Planner({
    db,
    links: options.links ?? null,
    wakeMessages: (lanes) => messages.wake(lanes),
    wakeDeliveries: () => {},
    onError,
  });
  const desk = new MessageDesk({ db, wake: (lanes) => messages.wake(lanes) });
  return {
    workerNo,
    sending,
    messages,
    planner,
    desk,
    errors,
    /** Plans and sends everything that is due now, and waits until it is settled. */
    async drain() {
      for (;;) {
        const { planned } = await planner.runOnce();
        const claimed = await messages.runOnce();
        await messages.idle();
        if (planned === 0 && claimed === 0) return;
      }
    },
    async stop() {
      await planner.stop();
      await messages.stop();
      await senders.close();
    },
  };
}
