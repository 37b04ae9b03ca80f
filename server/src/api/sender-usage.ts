import { z } from "zod";
import { explainMessage } from "../campaigns/explain-message.ts";
import { openPaceBook } from "../campaigns/pace-book.ts";
import { databaseNow } from "../db/due.ts";
import { getSender, getSenders } from "../db/sender.ts";
import { mostUsageCounted, waitingMessages, weekUses } from "../db/sender-usage.ts";
import { notFound } from "../domain/error.ts";
import type { PacedAction } from "../domain/pacing.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { reasonSchema, shownReason } from "./explain.ts";
import { idParams, time } from "./fields.ts";
import { invalid } from "./validate.ts";

const weekMs = 7 * 86_400_000;
const mostSenders = 100;

const useSchema = z.object({
  today: z
    .int()
    .nullable()
    .meta({ description: "In the workspace's day. Null: this sender has no limit, and is not counted." }),
  cap: z.int().nullable().meta({ description: "Of today: of the ramp or `perDay`, whichever is less. Null: none." }),
  rampDay: z.int().nullable().meta({ description: "Which day of its ramp today is, from 1. Null: it has none." }),
  week: z
    .int()
    .nullable()
    .meta({ description: `In the last 7 days, counted up to ${mostUsageCounted}. Null as \`today\`.` }),
  perWeek: z.int().nullable(),
  next: z
    .object({ at: time.nullable().meta({ description: "Null: somebody has to act first." }), reason: z.string() })
    .nullable()
    .meta({ description: "When it may go on, and why not now. Null: now." }),
});
const usageSchema = z.object({
  senderId: z.string(),
  dayEndsAt: time.meta({ description: "When the workspace's day ends and `today` begins anew." }),
  message: useSchema,
  connect: useSchema.optional(),
});
const example = {
  senderId: "sender_01k9d3v0x5e0rb1v6m2z8q4w7n",
  dayEndsAt: "2026-01-06T00:00:00.000Z",
  message: {
    ...{ today: 40, cap: 40, rampDay: null, week: 212, perWeek: null },
    next: { at: "2026-01-06T00:00:00.000Z", reason: "the sender is at 40 of 40 today" },
  },
};

const waitingSchema = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
  createdAt: time,
  at: time.nullable().meta({ description: "When it is tried. Null: it can't be foreseen." }),
  reasons: z.array(reasonSchema).meta({ description: "Why not earlier. Empty: it goes out now." }),
});

export const senderUsageEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/senders/usage",
    right: "senders.read",
    tags: ["Senders"],
    summary: "How much of their limits senders have used",
    description:
      "Today and in the last 7 days, by what the messages say, as pacing judges it; and when each may go on. Of senders that don't exist nothing is said.",
    query: z.strictObject({
      senderIds: z
        .string()
        .min(1)
        .max(10_000)
        .meta({ description: `IDs with commas, at most ${mostSenders}.` }),
    }),
    responses: { 200: z.object({ data: z.array(usageSchema) }) },
    example: { response: { data: [example] } },
    async execute({ tx, workspaceId, query }) {
      const ids = [...new Set(query.senderIds.split(",").filter(Boolean))];
      if (ids.length > mostSenders)
        throw invalid([{ field: "senderIds", reason: `These are ${ids.length}; at most ${mostSenders} at once.` }]);
      const senders = await getSenders(tx, workspaceId, ids);
      const now = await databaseNow(tx);
      const book = await openPaceBook(
        tx,
        senders.map(({ id }) => ({ workspaceId, senderId: id })),
        now,
      );
      const uses = senders.flatMap(({ id, channel }) =>
        (channel === "linkedin" ? (["message", "connect"] as const) : (["message"] as const)).map((action) => ({
          ...{ senderId: id, action },
        })),
      );
      const counted = uses.filter(({ senderId }) => book.isPaced(senderId));
      const weeks = new Map(
        (await weekUses(tx, workspaceId, counted, now - weekMs)).map(({ senderId, action, week }) => [
          `${senderId} ${action}`,
          week,
        ]),
      );
      const useOf = (senderId: string, action: PacedAction) => {
        const { pace, today, cap, age } = book.use(senderId, action);
        const slot = book.slot(senderId, action);
        const isCounted = book.isPaced(senderId);
        return {
          ...{ today: isCounted ? today : null, cap, rampDay: pace.ramp ? age + 1 : null },
          ...{ week: isCounted ? (weeks.get(`${senderId} ${action}`) ?? 0) : null, perWeek: pace.perWeek },
          next:
            slot.at <= now || slot.reason === null
              ? null
              : { at: Number.isFinite(slot.at) ? new Date(slot.at) : null, reason: slot.reason },
        };
      };
      const data = senders
        .filter(({ id }) => book.has(id))
        .map(({ id, channel }) => ({
          ...{ senderId: id, dayEndsAt: new Date(book.use(id, "message").nextDay), message: useOf(id, "message") },
          ...(channel === "linkedin" && { connect: useOf(id, "connect") }),
        }));
      return { status: 200, body: { data } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/senders/{id}/waiting",
    right: "messages.read",
    tags: ["Senders"],
    summary: "What is on its way with a sender, and why it hasn't gone out",
    description:
      "Its accepted messages whose turn comes first, each with when it is tried and why not earlier, as `GET /v1/messages/{id}/explain` says it.",
    params: idParams,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(20).default(5) }),
    responses: {
      200: z.object({
        data: z.array(waitingSchema),
        more: z.boolean().meta({ description: "Whether further ones wait." }),
      }),
    },
    async execute({ tx, workspaceId, params, query }) {
      if (!(await getSender(tx, workspaceId, params.id))) throw notFound("sender", params.id);
      const rows = await waitingMessages(tx, workspaceId, params.id, query.limit + 1);
      const data: z.input<typeof waitingSchema>[] = [];
      for (const message of rows.slice(0, query.limit)) {
        const why = await explainMessage(tx, workspaceId, message.id);
        const at = why?.at ?? null;
        const reasons = (why?.reasons ?? []).map(shownReason);
        data.push({ ...message, at: at === null ? null : new Date(at), reasons });
      }
      return { status: 200, body: { data, more: rows.length > query.limit } };
    },
  }),
];
