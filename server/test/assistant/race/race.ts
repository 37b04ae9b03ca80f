import { setTimeout as sleep } from "node:timers/promises";
import { approveTurn } from "../../../src/assistant/drafts.ts";
import { setLeadMode } from "../../../src/assistant/lead-profile.ts";
import { listTurns } from "../../../src/db/assistant-turn.ts";
import { type Database, isConnectionError, isRetryable } from "../../../src/db/pool.ts";
import { HeraldError } from "../../../src/domain/error.ts";
import { leadWrites, world } from "../setup.ts";

export interface RaceResult {
  /** Leads that wrote. */
  rounds: number;
  /** Answers that went out. */
  sent: number;
  /** Leads that opted out, and of them those to whom nothing had gone out before. */
  optedOut: number;
  prevented: number;
  /** Answers that somebody approved. */
  approved: number;
  /** What must never be. */
  wrong: string[];
}

/** Leads at the same time. */
const together = 25;
const refusals = ["STOP", "please stop texting me", "Schreiben Sie mir bitte nicht mehr.", "leave me alone"];

interface Lead {
  id: string;
  phone: string;
  /** When each of its messages began to be recorded, and was. */
  heard: { from: number; to: number }[];
  optedOutAt: number | null;
  calls: number[];
}

/**
 * Leads write, write again, and opt out at random moments, while a model thinks for random times and a person approves
 * drafts. `other`: what records what they write, as another process would.
 */
export async function race(db: Database, other: Database, rounds: number, random: () => number): Promise<RaceResult> {
  const byPhone = new Map<string, Lead>();
  const w = await world(db, {
    pollMs: 2,
    script: async () => {
      await sleep(random() * 12);
      return { message: { text: "An answer." } };
    },
    onSend: async (message) => {
      const lead = byPhone.get(message.to);
      lead?.calls.push(performance.now());
      const heard = lead?.heard.at(-1);
      if (heard) takesMs = 0.9 * takesMs + 0.1 * (performance.now() - heard.to);
      await sleep(random() * 4);
      return { outcome: "sent", providerMessageId: message.messageId };
    },
  });
  // How long an answer takes on this machine, from a lead's message to the call; each one tells.
  let takesMs = 60;
  const result: RaceResult = { rounds: 0, sent: 0, optedOut: 0, prevented: 0, approved: 0, wrong: [] };
  w.engine.messages.start();
  w.engine.planner.start();
  w.assistant.start();
  try {
    while (result.rounds < rounds) {
      const n = Math.min(together, rounds - result.rounds);
      const leads: Lead[] = [];
      for (let i = 0; i < n; i++) {
        const phone = `+1202${6_000_000 + result.rounds + i}`;
        const { id } = await w.newLead(phone);
        // Of half of them a person approves what is said.
        if (i % 2 === 0) await db.transaction((tx) => setLeadMode(tx, w.workspaceId, id, { mode: "draft" }));
        const lead = { id, phone, heard: [], optedOutAt: null, calls: [] };
        leads.push(lead);
        byPhone.set(phone, lead);
      }
      await Promise.all(leads.map((lead) => live(lead)));
      await settled();
      for (const lead of leads) judge(lead, result);
      result.rounds += n;
    }
  } finally {
    await w.close();
  }
  const errors = [...w.errors, ...w.engine.errors].filter((error) => !/deadlock|timeout exceeded/.test(error));
  if (errors.length > 0) throw new Error(errors.slice(0, 3).join("\n"));
  return result;

  async function live(lead: Lead): Promise<void> {
    let over = false;
    const person = approving(lead, () => over);
    const messages = 1 + Math.floor(random() * 3);
    for (let i = 0; i < messages; i++) {
      await sleep(random() * 0.8 * takesMs);
      await says(lead, `Question ${i}`);
    }
    if (random() < 0.5) {
      await sleep(random() * 2 * takesMs);
      const words = refusals[Math.floor(random() * refusals.length)]!;
      await says(lead, words);
      lead.optedOutAt = performance.now();
      lead.heard.pop();
    }
    await sleep(2 * takesMs);
    over = true;
    await person;
  }

  async function says(lead: Lead, text: string): Promise<void> {
    const from = performance.now();
    const keyword = text === "STOP" ? ("stop" as const) : null;
    await leadWrites(other, w.workspaceId, {
      channel: "sms",
      person: { phone: lead.phone },
      text,
      keyword,
      senderId: w.senderId,
    });
    lead.heard.push({ from, to: performance.now() });
  }

  async function approving(lead: Lead, over: () => boolean): Promise<void> {
    for (let last = false; ; last = over()) {
      const drafts = { leadId: lead.id, states: ["draft" as const], limit: 1 };
      // A busy machine may have no connection free in time: then the person looks again.
      const [draft] = await listTurns(other, w.workspaceId, drafts).catch(() => []);
      if (draft) {
        await sleep(random() * 6);
        try {
          const { messages } = await other.transaction((tx) => approveTurn(tx, w.workspaceId, draft.id, { by: "ada" }));
          result.approved += 1;
          w.engine.messages.wake(messages);
        } catch (error) {
          const decided = error instanceof HeraldError && ["invalid_state", "suppressed"].includes(error.code);
          if (!decided && !isRetryable(error) && !isConnectionError(error)) throw error;
        }
      }
      if (last) return;
      await sleep(random() * 10);
    }
  }

  /** Nothing waits or is under way. */
  async function settled(): Promise<void> {
    const busy = `select 1 from assistant_turn where state in ('gathering', 'thinking')
      union all select 1 from message where status in ('queued', 'sending') limit 1`;
    while ((await db.query(busy)).rows.length > 0) await sleep(3);
  }
}

function judge({ id, calls, heard, optedOutAt }: Lead, result: RaceResult): void {
  result.sent += calls.length;
  if (optedOutAt !== null) {
    result.optedOut += 1;
    if (calls.length === 0) result.prevented += 1;
    for (const at of calls) {
      if (at > optedOutAt)
        result.wrong.push(`${id}: sent ${(at - optedOutAt).toFixed(2)} ms after the opt-out was recorded`);
    }
  }
  for (const [i, at] of calls.entries()) {
    const before = calls[i - 1] ?? 0;
    // Something new must have been said for each answer.
    if (!heard.some(({ from, to }) => to > before && from < at))
      result.wrong.push(`${id}: answer ${i + 1} to nothing new`);
  }
}
