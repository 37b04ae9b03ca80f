import { setTimeout as sleep } from "node:timers/promises";
import { applyFact } from "../../../src/campaigns/inbound/apply.ts";
import type { Arrival } from "../../../src/campaigns/inbound/context.ts";
import { type Database, isRetryable, type Queryable } from "../../../src/db/pool.ts";
import type { InboundMessage } from "../../../src/domain/inbound.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, scriptedAdapter } from "../../factories.ts";
import { inboundSms, type sourceApi } from "../../sources/source-setup.ts";

/** Random numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface RaceResult {
  /** Leads who wrote while their first message was on its way. */
  rounds: number;
  /** Their message went out before what they wrote was recorded. */
  sentBefore: number;
  /** Theirs did not go out. */
  prevented: number;
  /** Theirs went out after what they wrote had been recorded: never. */
  against: string[];
}

/** So many leads a campaign: their messages are begun in a few batches. */
const together = 50;

/**
 * Campaigns write to leads by SMS and LinkedIn in turn, and each lead writes STOP, or a reply, at a random moment around that:
 * by the providers' webhooks, which are on record when they are answered, and processed some time after that; some directly,
 * over connections of their own, as another process would.
 */
export async function race(
  { api, db, workspaceId, create, signed, post, newProcessor, errors }: Awaited<ReturnType<typeof sourceApi>>,
  other: Database,
  rounds: number,
  random: () => number,
): Promise<RaceResult> {
  const calledAt = new Map<string, number>();
  const adapter = scriptedAdapter({
    onSend: async (message) => {
      calledAt.set(message.leadId, performance.now());
      await sleep(random() * 4);
      return { outcome: "sent", providerMessageId: message.messageId };
    },
  });
  const engine = await makeEngine(db, adapter);
  const twilio = await create("twilio");
  const unipile = await create("unipile");
  const processor = newProcessor(other);
  api.context.wakeSources = () => {};
  const tell = async (channel: "sms" | "linkedin", address: string, id: string, text: string) => {
    const attendee = { attendee_provider_id: `ACo_${id}`, attendee_name: "Ann Lee", attendee_profile_url: address };
    const chat = { event: "message_received", account_id: "acc_1", chat_id: `chat_${id}`, message_id: `um_${id}` };
    const about = { account_info: { user_id: "ACoOWN" }, sender: attendee, attendees: [attendee], attachments: [] };
    const request =
      channel === "sms"
        ? signed(twilio, inboundSms({ MessageSid: `SM${id}`, From: address, Body: text }))
        : signed(unipile, { ...chat, ...about, message: text, timestamp: "2026-01-05T09:30:00.000Z" });
    const { status } = await post(request);
    if (status !== 200) throw new Error(`Answered ${status}.`);
  };
  const result: RaceResult = { rounds: 0, sentBefore: 0, prevented: 0, against: [] };
  engine.messages.start();
  engine.planner.start();
  processor.start();
  // How long it takes from the start of a campaign to its last message; each one tells.
  let window = 200;
  try {
    while (result.rounds < rounds) {
      const n = Math.min(together, rounds - result.rounds);
      const channel = (result.rounds / together) % 2 === 0 ? "sms" : "linkedin";
      const senderId = await makeSender(db, workspaceId, channel, "scripted", 8);
      const phones = Array.from({ length: n }, (_, i) => `+1202${5_000_000 + result.rounds + i}`);
      const leads = await Promise.all(phones.map((phone) => makeLead(db, workspaceId, { phone })));
      const steps = [{ channel } as const];
      const campaignId = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds: leads, steps });
      const { rows } = await db.query<{ id: string; phone: string; linkedin: string }>(
        "select id, phone, linkedin_url as linkedin from lead where id = any($1)",
        [leads],
      );
      await db.query("update campaign set status = 'active', started_at = now() where id = $1", [campaignId]);
      const startedAt = performance.now();
      engine.planner.wake();
      const recorded = await Promise.all(
        rows.map(async ({ id, phone, linkedin }, i) => {
          await sleep(random() * window);
          const text = random() < 0.5 ? "STOP" : `Tell me more ${i}`;
          if (channel === "sms" && i % 5 === 0) await write(other, workspaceId, phone, text);
          else await tell(channel, channel === "sms" ? phone : linkedin, id, text);
          return { id, at: performance.now() };
        }),
      );
      await settled(db, campaignId);
      const ends = rows.flatMap(({ id }) => calledAt.get(id) ?? []);
      if (ends.length > 0) window = 0.4 * window + 0.6 * 1.4 * (Math.max(...ends) - startedAt);
      else window *= 3;
      for (const { id, at } of recorded) {
        const called = calledAt.get(id);
        if (called === undefined) result.prevented += 1;
        else if (called <= at) result.sentBefore += 1;
        else result.against.push(`${id}: called ${(called - at).toFixed(2)} ms after it was recorded`);
      }
      result.rounds += n;
    }
  } finally {
    await engine.stop();
    await processor.stop();
  }
  // Two that wanted the same rows: the settle goes again.
  const wrong = [...engine.errors, ...errors].filter((error) => !error.includes("deadlock"));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return result;
}

/** Nothing of the campaign waits or is under way. */
async function settled(db: Database, campaignId: string): Promise<void> {
  for (;;) {
    const { rows } = await db.query(
      `select 1 from message where campaign_id = $1 and status in ('queued', 'sending')
       union all select 1 from enrollment where campaign_id = $1 and state = 'active' limit 1`,
      [campaignId],
    );
    if (rows.length === 0) return;
    await sleep(2);
  }
}

let written = 0;

/** As a source's processor does it: in one transaction, again where a message is just being sent. */
async function write(db: Database, workspaceId: string, phone: string, text: string): Promise<void> {
  const message: InboundMessage = {
    ...{ kind: "message", direction: "in", channel: "sms", person: { phone }, account: null, text, subject: null },
    ...{ attachments: [], keyword: text === "STOP" ? "stop" : null, at: null, providerMessageId: `race-${++written}` },
    ...{ providerThreadId: null, external: null },
  };
  const apply = async (tx: Queryable) => {
    const effects = { lanes: [], moved: false, failedIn: [] };
    const arrival: Arrival = {
      ...{
        tx,
        workspaceId,
        sourceId: "src_race",
        createLeads: false,
        receivedAt: new Date(),
        effects,
        saidByErased: { seen: false },
      },
    };
    const applied = await applyFact(arrival, message);
    if (applied.kind !== "done") throw new Error(`Not applied: ${applied.detail}`);
  };
  for (;;) {
    try {
      await db.transaction(apply);
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
  }
}
