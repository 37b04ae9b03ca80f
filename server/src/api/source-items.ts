import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { listReceived, type Received, receivedStatuses, reprocess } from "../db/received.ts";
import { getSource } from "../db/source.ts";
import { notFound } from "../domain/error.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time } from "./fields.ts";

const itemSchema = z.object({
  id: z.string(),
  deliveryId: z.string().meta({
    description: "The sender's ID of the delivery, or made from what it says: the same again is not kept twice.",
  }),
  receivedAt: time,
  status: z.enum(receivedStatuses).meta({
    description:
      "`unknown`: not understood by this version. `unmatched`: it concerns nobody who is known here. `failed`: given up after five tries. All of them can be processed again.",
  }),
  type: z.string().nullable().meta({ description: "What it calls itself." }),
  detail: z.string().nullable().meta({ description: "What came of it, or why not." }),
  attempts: z.number().int(),
  dueAt: time.nullable().meta({ description: "While it waits: not before this." }),
  processedAt: time.nullable(),
  leadId: z.string().nullable(),
  messageId: z.string().nullable(),
  contentType: z.string().nullable(),
  body: z.string().meta({ description: "As it came; what is no UTF-8, as base64." }),
  bodyEncoding: z.enum(["utf8", "base64"]),
});

const example = {
  id: "rcv_01k9d3v0x5e0rb1v6m2z8q4w7n",
  deliveryId: "evt_1708456789123_abc123def",
  receivedAt: "2026-01-05T09:30:00.000Z",
  status: "unknown" as const,
  type: "lead_extractor.job.completed",
  detail: "Herald doesn't know this event.",
  attempts: 1,
  dueAt: null,
  processedAt: "2026-01-05T09:30:00.120Z",
  leadId: null,
  messageId: null,
  contentType: "application/json",
  body: '{"eventId":"evt_1708456789123_abc123def","eventType":"lead_extractor.job.completed"}',
  bodyEncoding: "utf8" as const,
};

function shown({ body, dueAt, ...item }: Received) {
  const bodyEncoding = isUtf8(body) ? ("utf8" as const) : ("base64" as const);
  return { ...item, dueAt: item.status === "waiting" ? dueAt : null, body: body.toString(bodyEncoding), bodyEncoding };
}

/** What can be processed again. */
const again = ["unknown", "unmatched", "failed"] as const;
const mostAgain = 10_000;

export const sourceItemEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/sources/{id}/received",
    right: "sources.read",
    tags: ["Sources"],
    summary: "List what a source received",
    description:
      "Newest first, as it came, with what became of it. Kept for HERALD_RETENTION_DAYS; mails of people who are no leads for 14 days, then only their headers.",
    params: idParams,
    query: z.strictObject({
      status: z.enum(receivedStatuses).optional(),
      cursor: idCursor("received").optional(),
      limit: limit(50, 20),
    }),
    responses: { 200: page(itemSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, params, query }) {
      if (!(await getSource(tx, workspaceId, params.id))) throw notFound("source", params.id);
      const filter = { status: query.status, before: query.cursor, limit: query.limit + 1 };
      const rows = await listReceived(tx, workspaceId, params.id, filter);
      return { status: 200, body: pageOf(rows.map(shown), query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/sources/{id}/reprocess",
    right: "sources.write",
    tags: ["Sources"],
    summary: "Process again what a source received",
    description:
      "After an upgrade that understands more, a mended mapping, or when leads were added: what was not understood, not matched or given up is processed again, the oldest first. What was done is not done again.",
    params: idParams,
    body: z
      .strictObject({
        statuses: z
          .array(z.enum(again))
          .min(1)
          .default([...again]),
        receivedIds: z.array(z.string().max(200)).min(1).max(1_000).optional().meta({ description: "Only these." }),
      })
      .default({ statuses: [...again] }),
    responses: {
      202: z.object({
        queued: z.number().int(),
        more: z.boolean().meta({ description: `At most ${mostAgain.toLocaleString("en-US")} at a time: call again.` }),
      }),
    },
    example: { body: { statuses: ["unknown"] }, response: { queued: 3, more: false } },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      if (!(await getSource(tx, workspaceId, params.id))) throw notFound("source", params.id);
      const which = { ids: body.receivedIds ?? null, statuses: body.statuses, limit: mostAgain };
      const queued = await reprocess(tx, workspaceId, params.id, which);
      afterCommit(() => api.wakeSources());
      return { status: 202, body: { queued, more: queued === mostAgain } };
    },
  }),
];
