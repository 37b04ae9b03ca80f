import { type Campaign, getCampaign } from "../db/campaign.ts";
import { releaseLead } from "../db/due.ts";
import { blockedSteps, campaignOfLead, countAsNew, hasBlockedSteps, moveOn, retryStep } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { unsendableLeads } from "../db/guard.ts";
import { lockToldLead, writeStatus } from "../db/lead-told.ts";
import { getMessage, markCancelled, queueMessages } from "../db/message.ts";
import { newEvent } from "../db/new-event.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { advanceLeads, type BegunMessage, stoppingStatuses } from "../db/sending.ts";
import { holdToChange } from "../db/still.ts";
import { markConnected, stopSequences } from "../db/stopping.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { LeadStatus, LeadUpdatedData } from "../domain/event.ts";
import { PublicLinks } from "../domain/public-link.ts";
import { sends } from "../domain/sequence/step.ts";
import { mendableCodes } from "../domain/template.ts";
import { connectionData, leadUpdatedData, messageData } from "./facts.ts";
import { writeMessage } from "./writing.ts";

/** What a change of a campaign did; the planner and the lanes are to be woken after the commit. */
export interface Transition {
  campaign: Campaign;
  /** False: it was in that state already. */
  changed: boolean;
  /** Destinations that got deliveries. */
  lanes: TouchedLane[];
}

async function lockCampaign(tx: Queryable, workspaceId: string, campaignId: string): Promise<Campaign> {
  await tx.query("select 1 from campaign where workspace_id = $1 and id = $2 for no key update", [
    workspaceId,
    campaignId,
  ]);
  const campaign = await getCampaign(tx, workspaceId, campaignId);
  if (!campaign) throw notFound("campaign", campaignId);
  return campaign;
}

async function countLeads(tx: Queryable, workspaceId: string, campaignId: string): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    "select count(*) as n from enrollment where workspace_id = $1 and campaign_id = $2",
    [workspaceId, campaignId],
  );
  return rows[0]!.n;
}

const unsendableWords: Record<string, string> = {
  status: "have a status in which a campaign writes no more (replied, meeting booked, not interested, done).",
  no_address: "have no address for any channel of the steps.",
  stopped: "have been taken out of the campaign.",
  suppressed: "are suppressed on every channel of the steps that they have an address for.",
};

/** Starts a draft. Throws invalid_state where it can't be started: no steps, or a step whose channel has no sender. */
export async function startCampaign(
  db: Pick<Database, "transaction">,
  workspaceId: string,
  campaignId: string,
  _by: "api" | "user",
): Promise<Transition> {
  return await db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, workspaceId, campaignId);
    if (campaign.status === "active") return { campaign, changed: false, lanes: [] };
    if (campaign.status !== "draft") {
      throw new HeraldError(
        "invalid_state",
        `The campaign ${campaignId} is ${campaign.status}; only a draft can be started. A paused one can be resumed.`,
      );
    }
    if (campaign.steps.length === 0) throw new HeraldError("invalid_state", `The campaign ${campaignId} has no steps.`);
    const { rows } = await tx.query<{ channel: string }>(
      "select channel from sender where workspace_id = $1 and id = any($2) order by id for share",
      [workspaceId, campaign.senderIds],
    );
    const sending = campaign.steps.filter(sends);
    const missing = sending.filter((step) => !rows.some((row) => row.channel === step.channel));
    if (missing.length > 0) {
      throw new HeraldError(
        "invalid_state",
        `The campaign ${campaignId} can't be started: it has steps without a sender for their channel. Add senders to the campaign.`,
        missing.map((step) => ({
          field: `steps.${step.position - 1}.channel`,
          reason: `The campaign has no ${step.channel} sender.`,
        })),
      );
    }
    const unsendable =
      sending.length === 0 ? null : await unsendableLeads(tx, workspaceId, campaignId, stoppingStatuses);
    if (unsendable) {
      throw new HeraldError(
        "unprocessable",
        `The campaign ${campaignId} can't be started: none of its leads could be sent to.`,
        unsendable.map(({ reason, count }) => ({ field: "leads", reason: `${count} ${unsendableWords[reason]}` })),
      );
    }
    const totalLeads = await countLeads(tx, workspaceId, campaignId);
    const now = new Date();
    await tx.query(
      `update campaign set status = 'active', archived_at = null, started_at = now(), not_before = now() + $3 * interval '1 millisecond', updated_at = now()
       where workspace_id = $1 and id = $2`,
      [workspaceId, campaignId, campaign.steps[0]!.delayMs],
    );
    const lanes = await recordEvents(tx, [
      newEvent(
        workspaceId,
        "campaign.started",
        { campaignId, campaignName: campaign.name, totalLeads, startedAt: now.toISOString() },
        { campaignId },
        now.getTime(),
      ),
    ]);
    return { campaign: (await getCampaign(tx, workspaceId, campaignId))!, changed: true, lanes };
  });
}

/** Pauses at once, whatever the campaign's size: what is queued is held when its turn comes. */
export async function pauseCampaign(
  db: Pick<Database, "transaction">,
  workspaceId: string,
  campaignId: string,
  by: "api" | "user" | "system",
  reason: string | null = null,
): Promise<Transition> {
  return await db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, workspaceId, campaignId);
    if (campaign.status === "paused") return { campaign, changed: false, lanes: [] };
    if (campaign.status !== "active") {
      throw new HeraldError(
        "invalid_state",
        `The campaign ${campaignId} is ${campaign.status}; only an active one can be paused.`,
      );
    }
    const now = new Date();
    await tx.query(
      `update campaign set status = 'paused', paused_at = now(), paused_by = $3, pause_reason = $4, updated_at = now()
       where workspace_id = $1 and id = $2`,
      [workspaceId, campaignId, by, reason],
    );
    const lanes = await recordEvents(tx, [
      newEvent(
        workspaceId,
        "campaign.paused",
        { campaignId, campaignName: campaign.name, pausedAt: now.toISOString(), pausedBy: by },
        { campaignId },
        now.getTime(),
      ),
    ]);
    return { campaign: (await getCampaign(tx, workspaceId, campaignId))!, changed: true, lanes };
  });
}

/** Goes on where it was: each lead keeps its place; what was held is planned again. */
export async function resumeCampaign(
  db: Pick<Database, "transaction">,
  workspaceId: string,
  campaignId: string,
  by: "api" | "user",
): Promise<Transition> {
  return await db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, workspaceId, campaignId);
    if (campaign.status === "active") {
      return { campaign, changed: false, lanes: [] };
    }
    if (campaign.status !== "paused") {
      throw new HeraldError(
        "invalid_state",
        `The campaign ${campaignId} is ${campaign.status}; only a paused one can be resumed.`,
      );
    }
    return await reactivate(tx, workspaceId, campaign, by);
  });
}

async function reactivate(
  tx: Queryable,
  workspaceId: string,
  campaign: Campaign,
  by: "api" | "user",
): Promise<Transition> {
  const now = new Date();
  await tx.query(
    // Whoever resumes what a guard rail paused takes upon himself what failed until then.
    `with moment as materialized (select now() as at)
     update campaign c set status = 'active', archived_at = null, guarded_from = case when c.paused_by = 'system' then moment.at else c.guarded_from end,
       paused_at = null, paused_by = null, pause_reason = null, finished_at = null, updated_at = moment.at
     from moment where c.workspace_id = $1 and c.id = $2`,
    [workspaceId, campaign.id],
  );
  const lanes = await recordEvents(tx, [
    newEvent(
      workspaceId,
      "campaign.resumed",
      { campaignId: campaign.id, campaignName: campaign.name, resumedAt: now.toISOString(), resumedBy: by },
      { campaignId: campaign.id },
      now.getTime(),
    ),
  ]);
  return { campaign: (await getCampaign(tx, workspaceId, campaign.id))!, changed: true, lanes };
}

/**
 * Puts leads into a campaign, at any time. Those that are in it already stay where they are; IDs of no lead are passed
 * over (`enrolled` + `already` + `busy` says how many counted; busy ones are in another campaign that doesn't share). A finished campaign goes on with its new leads.
 */
export async function enrollLeads(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  leadIds: readonly string[],
): Promise<{ enrolled: number; already: number; busy: number; lanes: TouchedLane[] }> {
  const status = await lockForEnrollment(tx, workspaceId, campaignId);
  // Another campaign that takes the same leads at this moment does so before or after: the next statement sees it.
  await tx.query(
    "select 1 from (select id from lead where workspace_id = $1 and id = any($2) order by id for no key update) l limit 1",
    [workspaceId, leadIds],
  );
  const { rows: counts } = await tx.query<{ known: number; enrolled: number; busy: number }>(
    `with known as (select distinct l.id from lead l where l.workspace_id = $1 and l.id = any($3)),
     -- A lead is in one campaign at a time, unless this one allows more.
     free as (
       select k.id from known k join campaign c on c.workspace_id = $1 and c.id = $2
       where c.allow_parallel or not exists (
         select 1 from enrollment e join campaign o on o.workspace_id = e.workspace_id and o.id = e.campaign_id
         where e.lead_id = k.id and e.workspace_id = $1 and e.campaign_id <> $2 and e.state in ('active', 'held') and not o.allow_parallel
       )
     ),
     first as (select s.id, s.delay_ms, s.asks from step s where s.workspace_id = $1 and s.campaign_id = $2 order by s.position limit 1),
     entered as (
       insert into enrollment (workspace_id, campaign_id, lead_id, next_step_id, next_at, enrolled_at, anchor_at, next_sender)
       select $1, $2, k.id, f.id, now() + coalesce(f.delay_ms, 0) * interval '1 millisecond', now(), now(), queue_of(f.asks, '', '{}') from free k left join first f on true
       on conflict do nothing
       returning 1
     )
     select (select count(*) from known) as known, (select count(*) from entered) as enrolled,
       (select count(*) from known k where not exists (select 1 from free f where f.id = k.id) and not exists (
         select 1 from enrollment e where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = k.id)) as busy`,
    [workspaceId, campaignId, leadIds],
  );
  const { known, enrolled, busy } = counts[0]!;
  let lanes: TouchedLane[] = [];
  if (status === "finished" && enrolled > 0) {
    const campaign = (await getCampaign(tx, workspaceId, campaignId))!;
    lanes = (await reactivate(tx, workspaceId, campaign, "api")).lanes;
  }
  return { enrolled, already: known - enrolled - busy, busy, lanes };
}

/**
 * Keeps the campaign from finishing while leads come in: the planner, which closes campaigns, needs the row for itself.
 * Shared, so that many imports may enroll at once; but a finished campaign is taken for oneself at once, since going from
 * shared to exclusive is how two of them would wait for each other.
 */
async function lockForEnrollment(tx: Queryable, workspaceId: string, campaignId: string): Promise<Campaign["status"]> {
  const read = async (lock: "" | "for share" | "for no key update") => {
    const { rows } = await tx.query<{ status: Campaign["status"] }>(
      `select status from campaign where workspace_id = $1 and id = $2 ${lock}`,
      [workspaceId, campaignId],
    );
    if (!rows[0]) throw notFound("campaign", campaignId);
    return rows[0].status;
  };
  if ((await read("")) === "finished") return await read("for no key update");
  const status = await read("for share");
  return status === "finished" ? await read("for no key update") : status;
}

/** Whether there are links is not for a lead's data to change. */
const anyLinks = new PublicLinks("https://herald.example.com", Buffer.alloc(32));

/**
 * A lead's data was changed: sequences that stopped because something was missing or wrong in it try that step again. The
 * lanes are those of a campaign that had finished without it and now goes on.
 */
export async function retryBlockedSteps(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
): Promise<{ retried: number; lanes: TouchedLane[] }> {
  if (!(await hasBlockedSteps(tx, workspaceId, leadId, mendableCodes))) return { retried: 0, lanes: [] };
  const steps = await blockedSteps(tx, workspaceId, leadId, mendableCodes);
  const lanes: TouchedLane[] = [];
  // Only where the change brought what was missing: another change is no reason to try again.
  const campaignIds = steps
    .filter(
      (step) => !mendableCodes.includes(writeMessage(step, Date.now(), step.candidates[0] ?? "", anyLinks).code ?? ""),
    )
    .map((step) => step.campaignId);
  for (const campaignId of campaignIds) {
    const status = await lockForEnrollment(tx, workspaceId, campaignId);
    await retryStep(tx, workspaceId, campaignId, leadId);
    if (status !== "finished") continue;
    const campaign = (await getCampaign(tx, workspaceId, campaignId))!;
    lanes.push(...(await reactivate(tx, workspaceId, campaign, "api")).lanes);
  }
  return { retried: campaignIds.length, lanes };
}

/** A held lead goes on; null: it is not held there. A campaign that had finished without it goes on with it. */
export async function releaseHeldLead(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
): Promise<{ lanes: TouchedLane[] } | null> {
  const status = await lockForEnrollment(tx, workspaceId, campaignId);
  if (!(await releaseLead(tx, workspaceId, campaignId, leadId))) return null;
  if (status !== "finished") return { lanes: [] };
  const campaign = (await getCampaign(tx, workspaceId, campaignId))!;
  return { lanes: (await reactivate(tx, workspaceId, campaign, "api")).lanes };
}

/**
 * Changes a lead's status and records lead.updated. Null: there is no such lead. The same status again changes nothing. Without
 * `told` it follows from something that happened at `at` (default: now).
 */
export async function setLeadStatus(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  status: LeadStatus,
  by: "api" | "automation" | "user",
  note: string | null,
  { at = new Date(), told = by === "automation" ? null : { status, at }, elsewhere }: StatusBasis = {},
): Promise<{ previous: LeadStatus; lanes: TouchedLane[] } | null> {
  const held = stoppingStatuses.includes(status);
  if (held) await holdToChange(tx, workspaceId, leadId);
  const lead = await lockToldLead(tx, workspaceId, leadId);
  if (!lead) return null;
  const changed = lead.status !== status;
  // Of what others tell it may be older, or follow from what is on record.
  const repliedAt = status === "REPLY_RECEIVED" && changed && !(by === "automation" && told) ? at : null;
  if (changed || told) await writeStatus(tx, workspaceId, { leadId, status, repliedAt, told, held });
  if (!changed) return { previous: status, lanes: [] };
  // Of others' status it isn't known whose invitation was accepted.
  if (status === "CONNECTION_ACCEPTED" && by !== "automation") await markConnected(tx, workspaceId, leadId);
  const campaignId = elsewhere?.campaignId ?? (await campaignOfLead(tx, workspaceId, leadId));
  // A message that is on its way finds its lead gone from the sequence when its turn comes.
  if (held) await stopSequences(tx, { workspaceId, leadId, reason: `lead_status: The lead's status is ${status}.` });
  const { externalLeadId, linkedinUrl, status: previousStatus } = lead;
  const data = {
    ...{ leadId, externalLeadId, campaignId, linkedinUrl, previousStatus },
    ...{ newStatus: status, changedBy: elsewhere?.changedBy ?? by, note, changedAt: at.toISOString() },
  };
  const lanes = await recordEvents(tx, [newEvent(workspaceId, "lead.updated", data, { leadId, campaignId })]);
  return { previous: lead.status, lanes };
}

/** When a status came about, and what somebody said; see `domain/told.ts`. */
export interface StatusBasis {
  at?: Date;
  told?: { status: LeadStatus; at: Date } | null;
  /** What another system says of it: its campaign, and who changed it there. Null: not said. */
  elsewhere?: { campaignId: string | null; changedBy: LeadUpdatedData["changedBy"] | null };
}

/** Cancels a message that is not under way. A step of a sequence counts as skipped: its lead goes on to the next one. */
export async function cancelMessage(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const cancelled = await markCancelled(tx, workspaceId, id);
  if (!cancelled) return false;
  const { campaignId, leadId } = cancelled;
  if (campaignId) {
    await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "advance", reason: null }]);
    await countAsNew(tx, [{ workspaceId, campaignId, leadId }]);
  }
  return true;
}

/**
 * A person's decision about an uncertain message. `sent`: it counts as sent at its last attempt, with its event, and the
 * sequence goes on. `not_sent`: it is sent again. Null: there is no such message.
 */
export async function resolveMessage(
  db: Pick<Database, "transaction">,
  workspaceId: string,
  id: string,
  outcome: "sent" | "not_sent",
): Promise<{ lanes: TouchedLane[]; messageLanes: TouchedLane[] } | null> {
  return await db.transaction(async (tx) => {
    await tx.query("select 1 from message where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
    const message = await getMessage(tx, workspaceId, id);
    if (!message) return null;
    if (message.status !== "uncertain") {
      throw new HeraldError(
        "invalid_state",
        `The message ${id} is ${message.status}; only an uncertain one can be resolved.`,
      );
    }
    if (message.statusCode === "erased") {
      throw new HeraldError("invalid_state", `The message ${id} can't be resolved: its lead was erased.`);
    }
    const detail = `A person said: ${outcome === "sent" ? "it went out" : "it did not go out"}.`;
    if (outcome === "not_sent") {
      const sender = await tx.query("select 1 from sender where workspace_id = $1 and id = $2 for share", [
        workspaceId,
        message.senderId,
      ]);
      if (!sender.rowCount) {
        throw new HeraldError(
          "invalid_state",
          `The message ${id} can't be sent again: its sender ${message.senderId} was deleted.`,
        );
      }
      await tx.query(
        "update message set status = 'queued', status_code = 'resolved', status_detail = $3, updated_at = now() where workspace_id = $1 and id = $2",
        [workspaceId, id, detail],
      );
      // Its look-up, if one waits, is not needed any more.
      await tx.query("delete from outbox where workspace_id = $1 and lane_id = $2 and ref = $3 and lease is null", [
        workspaceId,
        message.senderId,
        id,
      ]);
      return {
        lanes: [],
        messageLanes: await queueMessages(tx, [{ workspaceId, messageId: id, senderId: message.senderId }]),
      };
    }
    return { lanes: await settleAsSent(tx, workspaceId, message.id, detail), messageLanes: [] };
  });
}

/**
 * An uncertain message did go out: it counts as sent at its last attempt, with its event, and the sequence goes on. The message
 * is locked, and uncertain. Answers the destinations that got deliveries.
 */
export async function settleAsSent(
  tx: Queryable,
  workspaceId: string,
  id: string,
  detail: string,
  providerMessageId: string | null = null,
): Promise<TouchedLane[]> {
  const message = (await getMessage(tx, workspaceId, id))!;
  await tx.query(
    `update message set status = 'sent', status_code = 'resolved', status_detail = $3, sent_at = least(attempted_at, now()),
       provider_message_id = coalesce(provider_message_id, $4), updated_at = now()
     where workspace_id = $1 and id = $2`,
    [workspaceId, id, detail, providerMessageId],
  );
  if (message.campaignId)
    await moveOn(tx, [
      { workspaceId, campaignId: message.campaignId, leadId: message.leadId, move: "advance", reason: null },
    ]);
  const { rows } = await tx.query<
    Pick<BegunMessage, "externalLeadId" | "profile" | "tags" | "linkedinUrl" | "phone" | "email">
  >(
    `select external_lead_id as "externalLeadId", profile, tags, linkedin_url as "linkedinUrl", phone, email from lead
     where workspace_id = $1 and id = $2`,
    [workspaceId, message.leadId],
  );
  const about = { leadId: message.leadId, campaignId: message.campaignId, channel: message.channel };
  const facts = { ...message, ...rows[0]!, messageId: id, workspaceId };
  // It counts as sent at its last attempt.
  const sentAt = message.attemptedAt?.toISOString() ?? null;
  const event =
    message.action === "connect"
      ? newEvent(workspaceId, "connection_request.sent", connectionData(facts, sentAt), about)
      : newEvent(
          workspaceId,
          "message.sent",
          messageData(facts, { providerMessageId, subject: message.subject, sentAt }),
          about,
        );
  await tx.query(
    `update conversation set last_message_at = greatest(last_message_at, m.sent_at),
       last_message_text = case when last_message_at > m.sent_at then last_message_text else left(m.text, 500) end,
       subject = coalesce(conversation.subject, m.subject), campaign_id = coalesce(m.campaign_id, conversation.campaign_id)
     from message m where m.workspace_id = $1 and m.id = $2 and conversation.workspace_id = $1 and conversation.id = m.conversation_id`,
    [workspaceId, id],
  );
  const next = message.action === "connect" ? ("CONNECTION_SENT" as const) : ("MESSAGE_SENT" as const);
  const advanced = await advanceLeads(tx, [{ workspaceId, leadId: message.leadId, next, late: true }]);
  const updates = advanced.map((lead) =>
    newEvent(workspaceId, "lead.updated", leadUpdatedData(lead, message.campaignId), about),
  );
  return await recordEvents(tx, [event, ...updates]);
}
