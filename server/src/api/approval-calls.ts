import type { z } from "zod";
import type { Approval, ApprovalAction } from "../db/approval.ts";
import { getCampaign } from "../db/campaign.ts";
import { getConversation } from "../db/conversation.ts";
import { idempotencyHours } from "../db/idempotency.ts";
import { getLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { campaignLeadEndpoints } from "./campaign-leads.ts";
import { conversationAnswerEndpoints } from "./conversation-answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { readContent, readSchedule, sendMessage } from "./message-send.ts";
import { invalid, parsePart } from "./validate.ts";

/** What agents can ask for, as the calls that it stands for: nothing else can ever be performed by an approval. */

/** What a request is about. */
export interface About {
  leadId: string | null;
  campaignId: string | null;
  conversationId: string | null;
}

interface Action {
  /** Which of `About` is named beside the body and stands in the path. */
  names: "campaignId" | "conversationId" | null;
  path(id: string): string;
  /** Undefined: the call has no body. */
  body: z.ZodType | undefined;
  /**
   * Whether the same call under the same Idempotency-Key does nothing again, so that it can be repeated where a process ended
   * before it had written the answer.
   */
  repeatable: boolean;
}

const bodyOf = (endpoints: readonly Endpoint[], path: string) =>
  endpoints.find((endpoint) => endpoint.method === "POST" && endpoint.path === path)!.body;

const actions: Readonly<Record<ApprovalAction, Action>> = {
  send_message: { names: null, path: () => "/v1/messages", body: sendMessage.body, repeatable: true },
  reply: {
    names: "conversationId",
    path: (id) => `/v1/conversations/${encodeURIComponent(id)}/messages`,
    body: bodyOf(conversationAnswerEndpoints, "/v1/conversations/{id}/messages"),
    repeatable: true,
  },
  start_campaign: stateAction("start"),
  resume_campaign: stateAction("resume"),
  enroll_leads: {
    names: "campaignId",
    path: (id) => `/v1/campaigns/${encodeURIComponent(id)}/leads`,
    body: bodyOf(campaignLeadEndpoints, "/v1/campaigns/{id}/leads"),
    repeatable: true,
  },
};

// Somebody may have paused it in the meantime: starting it again would be a second act.
function stateAction(action: "start" | "resume"): Action {
  const path = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}/${action}`;
  return { names: "campaignId", path, body: undefined, repeatable: false };
}

/** A request as it is stored: what it is about apart from the body. */
export interface ReadRequest extends About {
  request: Record<string, unknown>;
}

/** Checks a request as the call itself would, and that what it is about exists. Throws invalid_request or not_found. */
export async function readRequest(
  db: Queryable,
  workspaceId: string,
  action: ApprovalAction,
  given: Readonly<Record<string, unknown>>,
): Promise<ReadRequest> {
  const { names } = actions[action];
  const about: About = { leadId: null, campaignId: null, conversationId: null };
  const { [names ?? ""]: id, ...request } = given;
  if (names !== null) {
    if (typeof id !== "string" || id === "" || id.length > 200) {
      throw invalid([{ field: `request.${names}`, reason: "This is required: an ID." }]);
    }
    about[names] = id;
  }
  refuseWrongBody(action, request);
  if (action === "send_message") refuseWrongWords(request.channel as ChannelName, request, "request.");
  if (about.campaignId !== null && (await getCampaign(db, workspaceId, about.campaignId)) === null) {
    throw notFound("campaign", about.campaignId);
  }
  if (about.conversationId !== null) {
    const conversation = await getConversation(db, workspaceId, about.conversationId);
    if (conversation === null) throw notFound("conversation", about.conversationId);
    about.leadId = conversation.leadId;
    if (action === "reply") refuseWrongWords(conversation.channel, request, "request.");
  }
  if (action === "send_message") {
    if (typeof request.leadId !== "string") {
      throw invalid([{ field: "request.leadId", reason: "This is required: agents write to leads that there are." }]);
    }
    if ((await getLead(db, workspaceId, request.leadId)) === null) throw notFound("lead", request.leadId);
    about.leadId = request.leadId;
  }
  return { ...about, request };
}

function refuseWrongBody(action: ApprovalAction, request: Readonly<Record<string, unknown>>): void {
  const { body } = actions[action];
  if (body !== undefined) parsePart(body, request, "request");
  else if (Object.keys(request).length > 0) {
    throw invalid(Object.keys(request).map((key) => ({ field: `request.${key}`, reason: "There is no such field." })));
  }
}

type Words = Parameters<typeof readContent>[1];

/** What its channel would refuse when it is carried out: who asked, or changes it, can still say it otherwise. The body was checked. */
function refuseWrongWords(channel: ChannelName, request: Readonly<Record<string, unknown>>, prefix: string): void {
  readContent(channel, request as unknown as Words, prefix);
  const { scheduledAt } = request as { scheduledAt?: string | null };
  if (scheduledAt) readSchedule(new Date(scheduledAt), `${prefix}scheduledAt`);
}

/** What a person may change before it goes out: the words, and nothing about to whom. @throws invalid_request */
export async function changedRequest(
  db: Queryable,
  workspaceId: string,
  { action, request, conversationId }: Approval,
  change: { text?: string | undefined; subject?: string | null | undefined } | undefined,
): Promise<Record<string, unknown> | null> {
  const given = Object.entries(change ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return null;
  if (action !== "send_message" && action !== "reply") {
    throw invalid([{ field: "change", reason: "Only messages and replies have words that can be changed." }]);
  }
  // The HTML of a mail says what was asked for: beside other words it would say two things.
  const html = change?.text !== undefined && "html" in request ? { html: null } : {};
  const changed = { ...request, ...html, ...Object.fromEntries(given) };
  refuseWrongBody(action, changed);
  const conversation = conversationId === null ? null : await getConversation(db, workspaceId, conversationId);
  const channel = action === "send_message" ? (request.channel as ChannelName) : conversation?.channel;
  if (channel !== undefined) refuseWrongWords(channel, changed, "change.");
  return changed;
}

/** The call that an approval stands for. */
export function callOf(approval: Approval): { path: string; body: unknown } {
  const { names, path, body } = actions[approval.action];
  const id = names === null ? "" : approval[names]!;
  return { path: path(id), body: body === undefined ? undefined : (approval.changedRequest ?? approval.request) };
}

/** So long, in milliseconds, a call's key is surely remembered: an hour less than it is. */
const rememberedMs = (idempotencyHours - 1) * 3_600_000;

/** Whether an approved call may be performed again where its answer is not known: the first one is recognised by its key. */
export const canRepeat = ({ action, decidedAt }: Approval): boolean =>
  actions[action].repeatable && (decidedAt === null || Date.now() - decidedAt.getTime() < rememberedMs);

/** The error where it may not. */
export function uncertain({ id, action, decidedAt }: Approval): HeraldError {
  const look = actions[action].repeatable
    ? "It is too long ago to be told from a second one: look at the conversation or the campaign, and do it yourself if it wasn't done."
    : "Look at the campaign, and start or resume it yourself if it doesn't run.";
  return new HeraldError(
    "invalid_state",
    `${id} was approved at ${decidedAt?.toISOString()} and is being carried out; or a process has ended meanwhile, and nobody knows whether it was. ${look}`,
  );
}
