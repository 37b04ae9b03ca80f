import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { invalid, parsePart } from "./validate.ts";

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

const callsInput = z
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
  .max(most);

const answersField = z.array(
  z.object({ status: z.int(), body: z.unknown().meta({ description: "What the call answers, or its error." }) }),
);

/** @throws invalid_request where one asks for another format than JSON. */
async function readAll(
  calls: z.output<typeof callsInput>,
  perform: (call: { method: "GET"; path: string }) => Promise<{ status: number; body: unknown }>,
) {
  const other = calls.findIndex(({ query }) => "format" in query);
  if (other >= 0) {
    const reason = "Answers are JSON here: ask for CSV by the call itself.";
    throw invalid([{ field: `calls.${other}.query.format`, reason }]);
  }
  return await Promise.all(
    calls.map(({ path, query }) => {
      const search = new URLSearchParams(query).toString();
      return perform({ method: "GET", path: search === "" ? path : `${path}?${search}` });
    }),
  );
}

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
  body: z.strictObject({ calls: callsInput }),
  responses: { 200: z.object({ answers: answersField }) },
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
    return { status: 200, body: { answers: await readAll(calls, request.perform) } };
  },
});

/** A browser can make no other call than a GET before a script has run: the page's head names it (`dashboard/site.ts`). */
const readFirst = endpoint({
  method: "GET",
  path: "/v1/session/reads",
  // As `GET /v1/session`: that nobody is signed in is no error, which a browser would put in its console.
  right: "none",
  tags: ["People"],
  summary: "Make several GET calls at once, as a page begins to load",
  description:
    "As `POST /v1/session/reads`, for a browser that asks while the page's scripts are still on their way: it can name neither a workspace nor the session's token then. `workspaceId` says of which workspace the answers are: the session's. Null, without answers: nobody is signed in, or in no workspace.",
  query: z.strictObject({
    calls: z
      .string()
      .max(8_000)
      .meta({
        description: "The calls as in the body of the POST, as JSON.",
        examples: ['[{"path":"/v1/senders","query":{"limit":"100"}}]'],
      }),
  }),
  responses: { 200: z.object({ workspaceId: z.string().nullable(), answers: answersField }) },
  example: {
    response: {
      workspaceId: "ws_01k9x2m4vye8qsa5h1b7d3n6fj",
      answers: [{ status: 200, body: { data: [], nextCursor: null } }],
    },
  },
  async execute({ query, request }) {
    let calls: unknown;
    try {
      calls = JSON.parse(query.calls);
    } catch {
      throw invalid([{ field: "calls", reason: "This is not JSON." }]);
    }
    const wanted = parsePart(callsInput, calls, "calls");
    const workspaceId = (await request.visit().session())?.workspace?.id ?? null;
    // Each of the calls asks for itself who calls.
    const answers = workspaceId === null ? [] : await readAll(wanted, request.perform);
    return { status: 200, body: { workspaceId, answers } };
  },
});

export const sessionReadEndpoints: readonly Endpoint[] = [readTogether, readFirst];
