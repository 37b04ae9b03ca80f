import { z } from "zod";
import { getDestination } from "../db/destination.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { formatOf } from "../domain/formats.ts";
import { chosenEvent, chosenEventFields, chosenOnce, chosenOnceError } from "./chosen-event.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const headers = z.record(z.string(), z.string());

export const destinationTestEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/test",
    right: "events.replay",
    tags: ["Destinations"],
    summary: "Test a destination",
    description: [
      "Sends a sample, or an event of the log, at once, as real deliveries are sent (format, transform, headers, signature, time limit), and waits for the answer. The request has the header `herald-test: true`; a sample's ID has `test` behind its time.",
      "It works for a destination that is disabled, and whatever its filters say (`POST /v1/destinations/{id}/preview` says what they do). Nothing is logged or tried again, and the destination's health doesn't change. An event of the log goes out under its own ID: a receiver that has seen it may pass over it. At most ten tests a minute.",
    ].join("\n\n"),
    transaction: false,
    params: idParams,
    body: z.strictObject(chosenEventFields).refine(chosenOnce, chosenOnceError).default({}),
    responses: {
      200: z.object({
        status: z
          .enum(["delivered", "failed", "filtered"])
          .meta({ description: "filtered: the transform gave nothing, so nothing was sent." }),
        eventId: z.string(),
        request: z
          .object({ url: z.string(), headers, body: z.string() })
          .nullable()
          .meta({ description: "What was sent; values of custom headers are hidden. Null: nothing." }),
        response: z
          .object({ status: z.number().int(), headers, body: z.string() })
          .nullable()
          .meta({ description: "What came back; the first 16 KiB of the body. Null: nothing." }),
        durationMs: z.number().int(),
        detail: z.string().nullable().meta({ description: "Of a CRM or chat: what became of it there." }),
        error: z.object({ code: z.string(), detail: z.string() }).nullable(),
      }),
    },
    example: {
      body: { type: "message.sent" },
      response: {
        status: "delivered",
        eventId: "evt_1767605400000_testx0q2a",
        request: {
          url: "https://crm.example.com/hooks/herald",
          headers: { "content-type": "application/json", "webhook-id": "evt_1767605400000_testx0q2a" },
          body: '{"eventId":"evt_1767605400000_testx0q2a"}',
        },
        response: { status: 204, headers: {}, body: "" },
        durationMs: 87,
        detail: null,
        error: null,
      },
    },
    async execute({ api, workspaceId, params, body }) {
      const destination = await getDestination(api.db, workspaceId, params.id);
      if (!destination) throw notFound("destination", params.id);
      const { event } = await chosenEvent(api.db, workspaceId, formatOf(destination.format), body);
      const wait = api.testDeliveries.admit(destination.id);
      if (wait !== null) {
        const seconds = Math.ceil(wait / 1_000);
        throw new HeraldError("rate_limited", `A destination is tested ten times a minute at most. Wait ${seconds} s.`);
      }
      const result = await api.testDeliveries.send(workspaceId, destination, event);
      return { status: 200, body: { eventId: event.id, ...result } };
    },
  }),
];
