import { z } from "zod";
import { getConversation } from "../db/conversation.ts";
import { databaseNow } from "../db/due.ts";
import { noteWriting } from "../db/lead-rest.ts";
import { notFound } from "../domain/error.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";

/** How long it holds after the last call; whoever still writes calls again. Seconds. */
const usual = 300;

/** One lease for each person and thread: two people don't end each other's. Tabs of one person share it; who still writes calls again. */
async function note(context: EndpointContext<{ id: string }>, seconds: number | null): Promise<Date | null> {
  const { api, tx, workspaceId, callerId, params, afterCommit } = context;
  const conversation = await getConversation(tx, workspaceId, params.id);
  if (!conversation) throw notFound("conversation", params.id);
  const now = await databaseNow(tx);
  const until = seconds === null ? null : now + seconds * 1_000;
  const writer = `${callerId} ${conversation.id}`;
  if (!(await noteWriting(tx, workspaceId, conversation.leadId, { writer, until, now })))
    throw notFound("lead", conversation.leadId);
  if (until === null) afterCommit(() => api.wakePlanner());
  return until === null ? null : new Date(until);
}

export const conversationWritingEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "PUT",
    path: "/v1/conversations/{id}/writing",
    right: "messages.send",
    tags: ["Conversations"],
    summary: "Say that you are writing an answer",
    description:
      "While somebody writes to a lead, no campaign and no assistant does: no follow-up crosses the answer. It holds for `seconds`, and ends by itself; whoever still writes calls again. A pause of the lead stays what it is.",
    params: idParams,
    // Said every half minute while people type; it changes nothing that lasts.
    audit: false,
    body: z.strictObject({ seconds: z.number().int().min(10).max(900).default(usual) }).default({ seconds: usual }),
    responses: { 200: z.object({ until: time }) },
    example: { body: {}, response: { until: "2026-01-05T09:35:00.000Z" } },
    async execute(context) {
      return { status: 200, body: { until: (await note(context, context.body.seconds))! } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/conversations/{id}/writing",
    right: "messages.send",
    tags: ["Conversations"],
    summary: "Say that you are not writing any more",
    description: "Campaigns go on with the lead, unless somebody else is writing to it, or something else keeps them.",
    params: idParams,
    audit: false,
    responses: { 204: z.void() },
    async execute(context) {
      await note(context, null);
      return { status: 204, body: undefined };
    },
  }),
];
