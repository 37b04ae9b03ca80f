import { setTimeout as sleep } from "node:timers/promises";
import { approveTurn, rejectTurn } from "../../../src/assistant/drafts.ts";
import { setLeadMode } from "../../../src/assistant/lead-profile.ts";
import { listTurns } from "../../../src/db/assistant-turn.ts";
import { type Database, isConnectionError, isRetryable } from "../../../src/db/pool.ts";
import { HeraldError } from "../../../src/domain/error.ts";
import type { AssistantMode } from "../../../src/domain/profile.ts";
import { makeSender } from "../../factories.ts";
import { leadWrites, world } from "../setup.ts";

export interface RaceResult {
  /** Leads that wrote. */
  rounds: number;
  /** Answers that went out. */
  sent: number;
  /** Leads that opted out, and of them those to whom nothing had gone out before. */
  optedOut: number;
  prevented: number;
  /** Answers that somebody approved; drafts that somebody rejected; answers by hand. */
  approved: number;
  rejected: number;
  byHand: number;
  /** What must never be. */
  wrong: string[];
}

/** Leads at the same time. */
const together = 25;
const refusals = ["STOP", "please stop texting me", "Schreiben Sie mir bitte nicht mehr.", "leave me alone"];

interface Lead {
  id: string;
  phone: string;
  /** Whether what is written to it waits for its sender's pace: long enough to be taken back. */
  paced: boolean;
  /** When each of its messages began to be recorded, and was. */
  heard: { from: number; to: number }[];
  optedOutAt: number | null;
  calls: { at: number; byHand: boolean }[];
  /** From when to when each was accepted; and modes, when they were being set and when they were. */
  byHand: { from: number; to: number }[];
  modes: { from: number; to: number; mode: AssistantMode }[];
}

const handwritten = "By hand.";

/**
 * Leads write, write again, and opt out at random moments, while a model thinks for random times and people approve and reject
 * drafts, answer by hand, and switch leads' modes. `other`: what records what they write, as another process would.
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
      lead?.calls.push({ at: performance.now(), byHand: message.text === handwritten });
      const heard = lead?.heard.at(-1);
      if (heard && message.text !== handwritten && !lead?.paced)
        takesMs = 0.9 * takesMs + 0.1 * (performance.now() - heard.to);
      await sleep(random() * 4);
      return { outcome: "sent", providerMessageId: message.messageId };
    },
  });
  // How long an answer takes on this machine, from a lead's message to the call; each one tells.
  let takesMs = 400;
  const pacedId = await makeSender(db, w.workspaceId, "sms", "scripted");
  const result: RaceResult = {
    rounds: 0,
    sent: 0,
    optedOut: 0,
    prevented: 0,
    approved: 0,
    rejected: 0,
    byHand: 0,
    wrong: [],
  };
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
        const paced = i % 4 === 1;
        const lead: Lead = { id, phone, paced, heard: [], optedOutAt: null, calls: [], byHand: [], modes: [] };
        // Of half of them a person approves what is said.
        if (i % 2 === 0) await switches(lead, "draft");
        leads.push(lead);
        byPhone.set(phone, lead);
      }
      const over = new AbortController();
      const pace = pacing(over.signal);
      await Promise.all(leads.map((lead) => live(lead)));
      over.abort();
      await pace;
      await settled();
      const attempts = await attemptsOf(leads);
      for (const lead of leads) judge(lead, attempts.get(lead.id) ?? [], result);
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
    const others = [
      ...(random() < (lead.paced ? 0.8 : 0.4)
        ? [lead.paced ? answersWhileQueued(lead) : later(() => answers(lead))]
        : []),
      ...(!lead.paced && random() < 0.3
        ? [later(() => switches(lead, (["draft", "autopilot", "off"] as const)[Math.floor(random() * 3)]!))]
        : []),
    ];
    const messages = 1 + Math.floor(random() * 3);
    for (let i = 0; i < messages; i++) {
      await sleep(random() * 0.8 * takesMs);
      await says(lead, `Question ${i}`);
    }
    if (random() < (lead.paced ? 0.2 : 0.5)) {
      await sleep(random() * 2 * takesMs);
      const words = refusals[Math.floor(random() * refusals.length)]!;
      await says(lead, words);
      lead.optedOutAt = performance.now();
      lead.heard.pop();
    }
    await sleep(2 * takesMs);
    await Promise.all(others);
    over = true;
    await person;
  }

  /** The sender of some stands still for a while, again and again. */
  async function pacing(over: AbortSignal): Promise<void> {
    const until = "now() + $2::float8 * interval '1 millisecond'";
    const park = (ms: number) =>
      other.query(`update lane set parked_until = ${until} where id = $1`, [pacedId, ms]).catch(() => {});
    while (!over.aborted) {
      const begun = performance.now();
      await park(60_000);
      while (!over.aborted && performance.now() - begun < 2 * takesMs) await sleep(5);
      await park(0);
      w.engine.messages.wake([{ workspaceId: w.workspaceId, laneId: pacedId }]);
      await sleep(takesMs / 2);
    }
  }

  /** At a moment when an answer of the assistant waits for its sender, which is short on others. */
  async function answersWhileQueued(lead: Lead): Promise<void> {
    const sql = "select 1 from message where lead_id = $1 and status = 'queued' and turn_id is not null";
    const begun = performance.now();
    while (performance.now() - begun < 3 * takesMs) {
      const { rows } = await other.query(sql, [lead.id]).catch(() => ({ rows: [] }));
      if (rows.length > 0) break;
      await sleep(3 + random() * 10);
    }
    await answers(lead);
  }

  async function later(act: () => Promise<void>): Promise<void> {
    await sleep(random() * 1.5 * takesMs);
    await act();
  }

  async function answers(lead: Lead): Promise<void> {
    const from = performance.now();
    const message = { channel: "sms", action: "message", senderId: null, subject: null, html: null } as const;
    const whom = { workspaceId: w.workspaceId, leadId: lead.id, scheduledAt: null, source: "api" as const };
    try {
      await w.engine.desk.submit({ ...message, ...whom, text: handwritten }, null);
      lead.byHand.push({ from, to: performance.now() });
      result.byHand += 1;
    } catch (error) {
      if (!(error instanceof HeraldError) || error.code !== "suppressed") throw error;
    }
  }

  async function switches(lead: Lead, mode: AssistantMode): Promise<void> {
    const from = performance.now();
    for (;;) {
      try {
        await other.transaction((tx) => setLeadMode(tx, w.workspaceId, lead.id, { mode }));
        lead.modes.push({ from, to: performance.now(), mode });
        return;
      } catch (error) {
        if (!isRetryable(error) && !isConnectionError(error)) throw error;
      }
    }
  }

  /** When what nobody approved was put on record to be sent, by lead; on the clock of `performance`. */
  async function attemptsOf(leads: readonly Lead[]): Promise<Map<string, number[]>> {
    const { rows } = await db.query<{ lead_id: string; attempted_at: Date }>(
      `select m.lead_id, m.attempted_at from message m join assistant_turn t on t.workspace_id = m.workspace_id and t.id = m.turn_id
       where m.workspace_id = $1 and m.lead_id = any($2) and m.attempted_at is not null and t.decided_by is null`,
      [w.workspaceId, leads.map(({ id }) => id)],
    );
    const found = new Map<string, number[]>();
    for (const row of rows) {
      const at = row.attempted_at.getTime() - performance.timeOrigin;
      found.set(row.lead_id, [...(found.get(row.lead_id) ?? []), at]);
    }
    return found;
  }

  async function says(lead: Lead, text: string): Promise<void> {
    const from = performance.now();
    const keyword = text === "STOP" ? ("stop" as const) : null;
    await leadWrites(other, w.workspaceId, {
      channel: "sms",
      person: { phone: lead.phone },
      text,
      keyword,
      senderId: lead.paced ? pacedId : w.senderId,
    });
    lead.heard.push({ from, to: performance.now() });
  }

  async function approving(lead: Lead, over: () => boolean): Promise<void> {
    // As long as something may still become a draft: on a busy machine long after all was said.
    for (let last = false; ; last = over() && !(await isThinking(lead))) {
      const drafts = { leadId: lead.id, states: ["draft" as const], limit: 1 };
      // A busy machine may have no connection free in time: then the person looks again.
      const [draft] = await listTurns(other, w.workspaceId, drafts).catch(() => []);
      if (draft) {
        await sleep(random() * 6);
        try {
          if (random() < 0.15) {
            await other.transaction((tx) => rejectTurn(tx, w.workspaceId, draft.id, { by: "ada", reason: null }));
            result.rejected += 1;
          } else {
            const how = { by: "ada" };
            const { messages } = await other.transaction((tx) => approveTurn(tx, w.workspaceId, draft.id, how));
            result.approved += 1;
            w.engine.messages.wake(messages);
          }
        } catch (error) {
          const decided = error instanceof HeraldError && ["invalid_state", "suppressed"].includes(error.code);
          if (!decided && !isRetryable(error) && !isConnectionError(error)) throw error;
        }
      }
      if (last) return;
      await sleep(random() * 10);
    }
  }

  async function isThinking(lead: Lead): Promise<boolean> {
    const turns =
      "select 1 from assistant_turn where lead_id = $1 and state in ('gathering', 'thinking') and kind <> 'listen'";
    return await other.query(turns, [lead.id]).then(
      ({ rows }) => rows.length > 0,
      () => true,
    );
  }

  /** Nothing waits or is under way; but for turns that only listen, which come a minute later and send nothing. */
  async function settled(): Promise<void> {
    const busy = `select 1 from assistant_turn where state = 'thinking' or (state = 'gathering' and kind <> 'listen')
      union all select 1 from message where status in ('queued', 'sending') limit 1`;
    while ((await db.query(busy)).rows.length > 0) await sleep(3);
  }
}

function judge({ id, calls, heard, optedOutAt, byHand, modes }: Lead, attempts: number[], result: RaceResult): void {
  result.sent += calls.length;
  if (optedOutAt !== null) {
    result.optedOut += 1;
    if (calls.length === 0) result.prevented += 1;
    for (const { at } of calls) {
      if (at > optedOutAt)
        result.wrong.push(`${id}: sent ${(at - optedOutAt).toFixed(2)} ms after the opt-out was recorded`);
    }
  }
  const own = calls.filter((call) => !call.byHand).map(({ at }) => at);
  for (const [i, at] of own.entries()) {
    const before = own[i - 1] ?? 0;
    // Something new must have been said for each answer.
    if (!heard.some(({ from, to }) => to > before && from < at))
      result.wrong.push(`${id}: answer ${i + 1} to nothing new`);
  }
  for (const at of attempts) {
    const answered = byHand.findLast(({ to }) => to < at);
    if (answered && !heard.some(({ from, to }) => to > answered.from && from < at))
      result.wrong.push(`${id}: an answer ${(at - answered.to).toFixed(2)} ms after one by hand`);
    // The mode that counted for certain: the last one that was set, if none was just being set.
    const mode = modes.findLast(({ from }) => from < at);
    if (mode && mode.to < at && mode.mode !== "autopilot")
      result.wrong.push(`${id}: sent under ${mode.mode} ${(at - mode.to).toFixed(2)} ms after it was set`);
  }
}
