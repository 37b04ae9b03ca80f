import { z } from "zod";
import { fromOutside } from "../outside.ts";
import { cursor, idOf, type Json, part, rows, type Tool, tool } from "../tool.ts";

const eventTypes = z
  .string()
  .max(500)
  .optional()
  .describe("Of events; separated by commas; message.* stands for all that begin so.");

const destinations = tool({
  name: "list_destinations",
  title: "List destinations",
  description: "Where events are delivered to (webhooks, CRMs, chats), and how each does.",
  kind: "read",
  input: z.strictObject({ cursor, limit: rows() }),
  run: async (herald, query) => await herald.call("GET", "/v1/destinations", { query }),
});

const list = tool({
  name: "list_deliveries",
  title: "List deliveries",
  description: "Deliveries of one destination: first what is pending, then what is finished, the latest first.",
  kind: "read",
  input: z.strictObject({
    destinationId: idOf("destination", "dest"),
    status: z.enum(["pending", "delivered", "failed", "filtered"]).optional(),
    types: eventTypes,
    cursor,
    limit: rows(),
  }),
  run: async (herald, query) => shownPage(await herald.call("GET", "/v1/deliveries", { query })),
});

const get = tool({
  name: "get_delivery",
  title: "Get a delivery",
  description: "One delivery with each attempt: what was answered, when, and when it is tried again.",
  kind: "read",
  input: z.strictObject({ deliveryId: idOf("delivery", "dlv") }),
  async run(herald, { deliveryId }) {
    const path = `/v1/deliveries/${part(deliveryId)}`;
    const [delivery, attempts] = await Promise.all([herald.call("GET", path), herald.call("GET", `${path}/attempts`)]);
    return { ...shown(delivery), attempts: attempts.data.map(shown) };
  },
});

const events = tool({
  name: "list_events",
  title: "List events",
  description: "The log of everything that happened, the newest first.",
  kind: "read",
  input: z.strictObject({
    types: eventTypes,
    leadId: z.string().max(100).optional(),
    campaignId: z.string().max(100).optional(),
    cursor,
    limit: rows(),
  }),
  async run(herald, query) {
    const { data, nextCursor } = await herald.call("GET", "/v1/events", { query });
    const events = data.map(({ data: inner, workspaceId: _id, ...event }: Json) => ({
      ...event,
      ...fromOutside(inner),
    }));
    return { events, nextCursor };
  },
});

/** What a receiver answered is its words, not Herald's. */
function shown({ requestBody: _request, responseBody, lastDetail, detail, ...about }: Json): Json {
  return { ...about, ...fromOutside({ lastDetail, detail, responseBody }) };
}

const shownPage = ({ data, nextCursor }: Json) => ({ deliveries: data.map(shown), nextCursor });

export const deliveryTools: readonly Tool[] = [destinations, list, get, events];
