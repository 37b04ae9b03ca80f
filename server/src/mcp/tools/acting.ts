import { z } from "zod";
import { fromOutside } from "../outside.ts";
import { cursor, type HeraldCalls, idOf, type Json, part, rows, type Tool, tool } from "../tool.ts";

const note = z
  .string()
  .max(1_000)
  .optional()
  .describe("For the person who decides: why this should be done, in a sentence or two.");
const requestId = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe(
    "A name of your own for this request: asking again with it gives the first one back, and does nothing twice.",
  );
const asking = { note, requestId };
const waits =
  "Waits for a person's approval in the dashboard, unless the workspace has switched that off. Needs a key with the scope send.";

const message = {
  leadId: idOf("lead", "lead"),
  channel: z.enum(["linkedin", "sms", "email"]),
  senderId: z
    .string()
    .max(200)
    .optional()
    .describe("Default: who wrote to this lead last, else one of the channel's senders."),
  subject: z.string().max(1_000).optional().describe("Email only; the first email to a lead needs one."),
  text: z.string().min(1).max(20_000).describe("LinkedIn: up to 8,000 characters; SMS: 1,600."),
};

const answer = {
  conversationId: idOf("conversation", "conv"),
  text: z.string().min(1).max(20_000),
  subject: z.string().max(1_000).optional().describe("Email only. Left out: the thread's."),
};

async function ask(herald: HeraldCalls, action: string, request: Json, about: Json, draft = false): Promise<Json> {
  const path = draft ? "/v1/approvals/drafts" : "/v1/approvals";
  return approvalOf(await herald.call("POST", path, { body: { action, request, ...about } }));
}

/** In words what an approval's state means to who asked. */
const meaning: Readonly<Record<string, string>> = {
  waiting: "Nothing has happened yet: a person has to approve it in Herald's dashboard. Don't ask again.",
  approved: "It was approved, and is being carried out.",
  done: "It was carried out.",
  failed: "It was approved, and Herald refused to carry it out: see outcome.",
  rejected: "A person has rejected it. Don't ask for it again unless you are told to.",
  expired: "Nobody decided in time.",
};

/** The answer of what was carried out can have a lead's words in it; names are for the people who decide. */
function approvalOf({ outcome, draft, names: _, ...approval }: Json): Json {
  const shown = outcome === null ? null : { status: outcome.status, ...fromOutside({ body: outcome.body }) };
  const waiting = draft && approval.status === "waiting";
  const says = waiting
    ? "It is kept as a draft: a person can send it from Herald's dashboard."
    : meaning[approval.status];
  return { ...approval, draft, meaning: says, outcome: shown };
}

const draftMessage = tool({
  name: "draft_message",
  title: "Draft a message",
  description: "Keeps a message to a lead as a draft that a person can look at, change and send. Sends nothing itself.",
  kind: "draft",
  input: z.strictObject({ ...message, ...asking }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "send_message", request, { note, requestId }, true),
});

const draftReply = tool({
  name: "draft_reply",
  title: "Draft a reply",
  description:
    "Keeps an answer in a conversation as a draft that a person can look at, change and send. Sends nothing itself.",
  kind: "draft",
  input: z.strictObject({ ...answer, ...asking }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "reply", request, { note, requestId }, true),
});

const send = tool({
  name: "send_message",
  title: "Send a message",
  description: `Sends a message to a lead. ${waits}`,
  kind: "ask",
  input: z.strictObject({
    ...message,
    scheduledAt: z.string().max(40).optional().describe("Not before this, as 2026-03-02T08:00:00Z."),
    ...asking,
  }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "send_message", request, { note, requestId }),
});

const reply = tool({
  name: "reply",
  title: "Answer in a conversation",
  description: `Sends an answer in a conversation, on its channel and from its sender. ${waits}`,
  kind: "ask",
  input: z.strictObject({ ...answer, ...asking }),
  run: async (herald, { note, requestId, ...request }) => await ask(herald, "reply", request, { note, requestId }),
});

const campaignId = idOf("campaign", "camp");

const start = tool({
  name: "start_campaign",
  title: "Start a campaign",
  description: `Starts a draft: its leads are written to from then on. Use simulate_campaign first. ${waits}`,
  kind: "ask",
  input: z.strictObject({ campaignId, ...asking }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "start_campaign", request, { note, requestId }),
});

const resume = tool({
  name: "resume_campaign",
  title: "Resume a campaign",
  description: `Lets a paused campaign go on. ${waits}`,
  kind: "ask",
  input: z.strictObject({ campaignId, ...asking }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "resume_campaign", request, { note, requestId }),
});

const enroll = tool({
  name: "enroll_leads",
  title: "Enroll leads in a campaign",
  description: `Puts leads that there are into a campaign; in one that is active they are written to. ${waits}`,
  kind: "ask",
  input: z.strictObject({
    campaignId,
    leadIds: z.array(z.string().max(200)).min(1).max(100),
    ...asking,
  }),
  run: async (herald, { note, requestId, ...request }) =>
    await ask(herald, "enroll_leads", request, { note, requestId }),
});

const pause = tool({
  name: "pause_campaign",
  title: "Pause a campaign",
  description:
    "Holds a campaign up at once: nothing of it goes out until it is resumed. Needs a key with the scope send.",
  kind: "stop",
  input: z.strictObject({ campaignId }),
  run: async (herald, input) => await herald.call("POST", `/v1/campaigns/${part(input.campaignId)}/pause`),
});

const list = tool({
  name: "list_approvals",
  title: "List approvals",
  description: "What was asked for or drafted, and what became of it; the newest first.",
  kind: "read",
  input: z.strictObject({
    status: z.enum(["waiting", "approved", "done", "failed", "rejected", "expired"]).optional(),
    cursor,
    limit: rows(),
  }),
  async run(herald, query) {
    const { data, nextCursor } = await herald.call("GET", "/v1/approvals", { query });
    return { approvals: data.map(approvalOf), nextCursor };
  },
});

const get = tool({
  name: "get_approval",
  title: "Look whether something was approved",
  description: "One approval: whether a person has decided, and what became of it.",
  kind: "read",
  input: z.strictObject({ approvalId: idOf("approval", "appr") }),
  run: async (herald, { approvalId }) => approvalOf(await herald.call("GET", `/v1/approvals/${part(approvalId)}`)),
});

export const actingTools: readonly Tool[] = [
  draftMessage,
  draftReply,
  list,
  get,
  send,
  reply,
  start,
  resume,
  enroll,
  pause,
];
