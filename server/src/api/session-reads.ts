import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { invalid } from "./validate.ts";

/** What a page begins with: lists and figures. None of it streams or is long on the way, and nothing of it is by an ID. */
const readable = [
  "/v1/analytics/deliveries",
  "/v1/analytics/overview",
  "/v1/analytics/timeseries",
  "/v1/approvals/waiting",
  "/v1/assistant/turns",
  "/v1/campaigns",
  "/v1/conversations/unread",
  "/v1/destinations",
  "/v1/leads",
  "/v1/messages",
  "/v1/senders",
  "/v1/tasks",
] as const;

const most = 20;

/**
 * A page that asks much at first waits for its calls one behind the other: a browser makes six at once, and each costs it time of its own.
 */
const readTogether = endpoint({
  method: "POST",
  path: "/v1/session/reads",
  right: "session",
  // Nothing changes; each call has the rights of the person.
  audit: false,
  transaction: false,
  tags: ["People"],
  summary: "Make several GET calls at once",
  description: `For the first look of a page: up to ${most} calls, each answered as by itself, in the order in which they are given. One that fails has its own status, and keeps none of the others back.`,
  body: z.strictObject({
    calls: z
      .array(
        z.strictObject({
          path: z.enum(readable),
          query: z
            .record(z.string().max(100), z.string().max(1_000))
            .default({})
            .meta({ description: "As in the address; without `format`, since answers are JSON here." }),
        }),
      )
      .min(1)
      .max(most),
  }),
  responses: {
    200: z.object({
      answers: z.array(
        z.object({ status: z.int(), body: z.unknown().meta({ description: "What the call answers, or its error." }) }),
      ),
    }),
  },
  example: {
    body: { calls: [{ path: "/v1/senders", query: { limit: "100" } }, { path: "/v1/conversations/unread" }] },
    response: {
      answers: [
        { status: 200, body: { data: [], nextCursor: null } },
        { status: 200, body: { conversations: 0 } },
      ],
    },
  },
  async execute({ body: { calls }, request }) {
    const other = calls.findIndex(({ query }) => "format" in query);
    if (other >= 0) {
      const reason = "Answers are JSON here: ask for CSV by the call itself.";
      throw invalid([{ field: `calls.${other}.query.format`, reason }]);
    }
    const answers = await Promise.all(
      calls.map(({ path, query }) => {
        const search = new URLSearchParams(query).toString();
        return request.perform({ method: "GET", path: search === "" ? path : `${path}?${search}` });
      }),
    );
    return { status: 200, body: { answers } };
  },
});

export const sessionReadEndpoints: readonly Endpoint[] = [readTogether];
