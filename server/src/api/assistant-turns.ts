import { z } from "zod";
import { approveTurn, rejectTurn } from "../assistant/drafts.ts";
import { getTurn, listTurns, turnKinds, turnStates } from "../db/assistant-turn.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time } from "./fields.ts";

const turnSchema = z.object({
  id: z.string(),
  leadId: z.string(),
  kind: z.enum(turnKinds).meta({
    description:
      "reply: the lead wrote. opening: a first message. follow_up. command: somebody told the assistant to write. listen: the lead wrote while the assistant didn't answer it: only conditions were asked.",
  }),
  state: z.enum(turnStates).meta({
    description:
      "gathering: waits for more, or for its hours. thinking. draft: waits for a person's approval. task: a person has to do it. sent: it became `messageId`. rejected: a person said no, or did it by hand. superseded: something newer took its place. stopped: nothing was to be said.",
  }),
  profileId: z.string(),
  profileVersion: z.number().int().nullable(),
  channel: z.enum(channels).nullable(),
  conversationId: z.string().nullable(),
  campaignId: z.string().nullable().meta({ description: "Of a follow-up." }),
  sequenceStep: z.number().int().nullable(),
  instruction: z.string().nullable(),
  inbound: z.number().int().meta({ description: "Messages of the lead that it answers." }),
  inboundMessageId: z.string().nullable().meta({ description: "The latest of them." }),
  dueAt: time,
  subject: z.string().nullable(),
  text: z.string().nullable().meta({ description: "What the assistant wrote." }),
  finalSubject: z.string().nullable(),
  finalText: z
    .string()
    .nullable()
    .meta({ description: "What a person made of it. Null: it went out as it was, or not." }),
  reasonCode: z.string().nullable().meta({ description: "Why it needs a person, or ended; for programs." }),
  reason: z.string().nullable(),
  problems: z.array(z.object({ code: z.string(), detail: z.string() })).meta({
    description: "Why the answer was held back.",
  }),
  notes: z
    .object({
      conditions: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          kind: z.enum(["tag", "notification"]),
          met: z.boolean(),
          reason: z.string(),
        }),
      ),
      ...{
        handOver: z.string().nullable(),
        stop: z.string().nullable(),
        booked: z.boolean(),
        searches: z.array(z.string()),
      },
    })
    .nullable()
    .meta({ description: "What the model said beside the answer." }),
  model: z.string().nullable().meta({ description: "Null: none was asked." }),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costMicros: z.number().nullable().meta({ description: "Millionths of the currency of the model's prices." }),
  latencyMs: z.number().nullable(),
  messageId: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  createdAt: time,
});

export const assistantTurnEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/assistant/turns",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "List turns",
    description:
      "What the assistant did and is at, the latest first. `state=draft` and `state=task` are what waits for people.",
    query: z.strictObject({
      state: z.enum(turnStates).optional(),
      leadId: z.string().max(200).optional(),
      profileId: z.string().max(200).optional(),
      cursor: idCursor("turn").optional(),
      limit: limit(),
    }),
    responses: { 200: page(turnSchema) },
    async execute({ tx, workspaceId, query: { state, cursor, limit: size, ...filter } }) {
      const states = state === undefined ? undefined : [state];
      const rows = await listTurns(tx, workspaceId, { ...filter, states, before: cursor, limit: size + 1 });
      return { status: 200, body: pageOf(rows, size, (last) => last.id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/assistant/turns/{id}",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Get a turn",
    params: idParams,
    responses: { 200: turnSchema },
    async execute({ tx, workspaceId, params }) {
      const turn = await getTurn(tx, workspaceId, params.id);
      if (!turn) throw notFound("turn", params.id);
      return { status: 200, body: turn };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/assistant/turns/{id}/approve",
    right: "messages.send",
    tags: ["Assistant"],
    summary: "Approve a draft",
    description:
      "Sends it, as it is or with a text of your own, which is kept beside the assistant's. A turn that is a task needs a text. 409 where it is decided already, or the lead has written since; refused with `suppressed` where the lead opted out. A reply goes out at once; what nobody waits for keeps the profile's hours.",
    params: idParams,
    body: z.strictObject({
      text: z.string().trim().min(1).max(100_000).optional(),
      subject: z.string().trim().max(300).nullable().optional().meta({ description: "Of a first email." }),
    }),
    responses: { 200: turnSchema },
    async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
      const { turn, messages, deliveries } = await approveTurn(tx, workspaceId, params.id, { ...body, by: callerId });
      afterCommit(() => {
        api.wake("message", messages);
        api.wake("delivery", deliveries);
      });
      return { status: 200, body: turn };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/assistant/turns/{id}/reject",
    right: "messages.send",
    tags: ["Assistant"],
    summary: "Reject a draft",
    description: "Nothing goes out. Of a follow-up the next one comes in its time.",
    params: idParams,
    body: z.strictObject({ reason: z.string().trim().min(1).max(1_000).nullable().default(null) }),
    responses: { 200: turnSchema },
    async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
      const { turn, deliveries } = await rejectTurn(tx, workspaceId, params.id, { ...body, by: callerId });
      afterCommit(() => {
        api.wake("delivery", deliveries);
        api.wakePlanner();
      });
      return { status: 200, body: turn };
    },
  }),
];
