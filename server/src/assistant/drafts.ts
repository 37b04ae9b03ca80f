import { recordTurnTaskEnd } from "../campaigns/tasks.ts";
import { changeAssistantLead } from "../db/assistant-lead.ts";
import { reachOf } from "../db/assistant-message.ts";
import { getTurn, lockTurn, type Turn } from "../db/assistant-turn.ts";
import { changeTurn } from "../db/assistant-turn-change.ts";
import { moveOn } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { leftFollowUps } from "../db/follow-up.ts";
import { getLeadForUpdate } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { getProfile } from "../db/profile.ts";
import { endTaskOfTurn } from "../db/task.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { contentProblems } from "../domain/message-content.ts";
import { draftDecided } from "./draft-event.ts";
import { hoursOf } from "./hours.ts";
import { handOverLead, sendTurn } from "./settle-turn.ts";

/** What people do with what the assistant wrote. What they change is kept beside it. */
export interface Decision {
  turn: Turn;
  messages: TouchedLane[];
  deliveries: TouchedLane[];
}

/**
 * Sends a draft, as it is or as a person wrote it anew; of a turn that the assistant could not do itself the person's words are
 * needed. A draft by which the assistant hands over does so when it is sent, and its task stays open.
 *
 * @throws not_found; invalid_state: it is decided already, the lead has written since, or somebody has answered it; suppressed; unprocessable: no address,
 *   no sender; invalid_request: the text doesn't suit the channel
 */
export async function approveTurn(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { text, subject, by }: { text?: string | undefined; subject?: string | null | undefined; by: string },
  now: number = Date.now(),
): Promise<Decision> {
  const turn = await openForDecision(tx, workspaceId, id);
  const words = text?.trim() ?? (turn.state === "draft" ? turn.text : null);
  if (!words) {
    const why = turn.reason ? ` (${turn.reason})` : "";
    throw new HeraldError(
      "unprocessable",
      `The assistant has no answer that could be sent${why}: give a text of your own.`,
    );
  }
  const profile = await getProfile(tx, workspaceId, turn.profileId);
  const channel = turn.channel ?? profile?.content.channels[0] ?? "sms";
  const reach = await reachOf(tx, workspaceId, { leadId: turn.leadId, channel, senderId: turn.senderId });
  if (!reach) throw notFound("lead", turn.leadId);
  if (turn.kind === "reply" && reach.answered) {
    throw new HeraldError("invalid_state", "Somebody else has answered the lead since; this would be a second answer.");
  }
  const left = turn.campaignId === null ? null : await leftFollowUps(tx, workspaceId, turn.campaignId, turn.leadId);
  if (left !== null) {
    throw new HeraldError(
      "invalid_state",
      `The lead has left its follow-ups since (${left}), so that this one would not go out: reject it, or write to the lead yourself.`,
    );
  }
  if (reach.forbidden !== null) {
    throw new HeraldError(
      "suppressed",
      `The lead ${turn.leadId} must not be written to by ${channel} (${reach.forbidden}).`,
    );
  }
  if (reach.address === null)
    throw new HeraldError("unprocessable", `The lead has no address for ${channel} any more.`);
  if (reach.senderId === null) throw new HeraldError("unprocessable", `There is no active ${channel} sender.`);
  const given = subject === undefined ? turn.subject : subject?.trim() || null;
  const line = channel === "email" && reach.threadSubject === null ? given : null;
  if (channel === "email" && line === null && reach.threadSubject === null) {
    throw new HeraldError("unprocessable", "A first email needs a subject.");
  }
  const problems = contentProblems({ channel, action: "message", subject: line, text: words, html: null });
  if (problems.length > 0) throw new HeraldError("invalid_request", "The text can't be sent.", problems);
  // A person's answer goes out at once; what nobody waits for keeps the hours.
  const schedule = profile?.content.schedule ?? null;
  const hours = turn.kind === "reply" ? null : hoursOf({ schedule, ...reach, channel }, now);
  if (hours && hours.opensAt === null) throw new HeraldError("unprocessable", hours.reason!);
  const sent = await sendTurn(tx, workspaceId, turn, {
    ...{ channel, reach, text: words, subject: line, profileVersion: turn.profileVersion },
    sendBefore: turn.campaignId === null ? null : (hours?.closesAt ?? null),
    dueInMs: hours ? Math.max(0, hours.opensAt! - now) : 0,
  });
  if (!sent) throw new HeraldError("invalid_state", "This follow-up went out already.");
  const changed = words !== turn.text || line !== turn.subject;
  const { messageId, conversationId } = sent;
  await changeTurn(tx, workspaceId, id, {
    ...{ state: "sent", messageId, conversationId, channel, senderId: reach.senderId, decidedBy: by },
    ...(changed ? { finalText: words, finalSubject: line } : {}),
  });
  if (turn.kind === "reply") await changeAssistantLead(tx, workspaceId, turn.leadId, { turns: 1 });
  // What the assistant only announces is still to be done by the person who takes over.
  const handOver = turn.state === "draft" ? (turn.notes?.handOver ?? null) : null;
  if (handOver !== null) await handOverLead(tx, workspaceId, turn.leadId, handOver);
  const deliveries = handOver ? [] : await endTask(tx, workspaceId, turn, { status: "done", by, note: "Sent." });
  const decided = (await getTurn(tx, workspaceId, id))!;
  deliveries.push(...(await recordEvents(tx, [draftDecided(workspaceId, decided, "sent", by)])));
  return { turn: decided, messages: [sent.lane], deliveries };
}

/**
 * Sends nothing. A follow-up counts as skipped: the next one comes in its time.
 *
 * @throws not_found; invalid_state
 */
export async function rejectTurn(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { reason, by }: { reason: string | null; by: string },
): Promise<Decision> {
  const turn = await openForDecision(tx, workspaceId, id);
  await changeTurn(tx, workspaceId, id, { state: "rejected", decidedBy: by, ...(reason === null ? {} : { reason }) });
  const { campaignId, leadId } = turn;
  if (campaignId !== null) await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "advance", reason: null }]);
  const deliveries = await endTask(tx, workspaceId, turn, { status: "skipped", by, note: reason });
  const decided = (await getTurn(tx, workspaceId, id))!;
  deliveries.push(...(await recordEvents(tx, [draftDecided(workspaceId, decided, "rejected", by)])));
  return { turn: decided, messages: [], deliveries };
}

async function openForDecision(tx: Queryable, workspaceId: string, id: string): Promise<Turn> {
  const found = await getTurn(tx, workspaceId, id);
  if (!found) throw notFound("turn", id);
  // As everybody who changes a turn.
  await getLeadForUpdate(tx, workspaceId, found.leadId);
  const turn = (await lockTurn(tx, workspaceId, id))!;
  if (turn.state === "draft" || turn.state === "task") return turn;
  const why = turn.state === "superseded" && turn.reason ? `: ${turn.reason}` : "";
  throw new HeraldError(
    "invalid_state",
    `The turn ${id} is ${turn.state}${why}; only a draft or a task can be decided.`,
  );
}

async function endTask(
  tx: Queryable,
  workspaceId: string,
  turn: Turn,
  end: { status: "done" | "skipped"; by: string; note: string | null },
): Promise<TouchedLane[]> {
  const taskId = await endTaskOfTurn(tx, workspaceId, turn.id, end);
  if (taskId === null) return [];
  const ended = { outcome: end.status, note: end.note };
  return await recordTurnTaskEnd(tx, workspaceId, { id: taskId, leadId: turn.leadId }, ended, turn.channel);
}
