import { z } from "zod";
import { findKeyById } from "../db/api-key.ts";
import {
  type Approval,
  approvalActions,
  approvalStatuses,
  countWaiting,
  decideApproval,
  getApproval,
  insertApproval,
  listApprovals,
  settleApproval,
  undecideApproval,
} from "../db/approval.ts";
import { approvalCreated, approvalDecided } from "../db/approval-event.ts";
import { withNames } from "../db/approval-names.ts";
import { recordEvents } from "../db/event.ts";
import type { Queryable } from "../db/pool.ts";
import { getWorkspace } from "../db/workspace.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { isId } from "../domain/id.ts";
import { callOf, canRepeat, changedRequest, readRequest, uncertain } from "./approval-calls.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time } from "./fields.ts";

/** What waits for people at most in a workspace: an agent that runs wild fills no inbox. */
const mostWaiting = 1_000;

const object = z.record(z.string(), z.unknown());

const approvalSchema = z.object({
  id: z.string(),
  action: z.enum(approvalActions),
  draft: z.boolean().meta({ description: "Somebody wrote it for a person to send, who need not be allowed to send." }),
  request: object.meta({ description: "The body of the call that it stands for, as it was asked for." }),
  leadId: z.string().nullable(),
  campaignId: z.string().nullable(),
  conversationId: z.string().nullable(),
  note: z.string().nullable().meta({ description: "Why, in the words of who asked." }),
  askedBy: z.string().meta({ description: "The API key's or person's ID." }),
  status: z.enum(approvalStatuses).meta({
    description:
      "`approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time.",
  }),
  createdAt: time,
  expiresAt: time,
  decidedAt: time.nullable(),
  decidedBy: z.string().nullable().meta({
    description: "Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act.",
  }),
  decisionNote: z.string().nullable(),
  changedRequest: object.nullable().meta({ description: "What was carried out where a person changed its words." }),
  outcome: z
    .object({ status: z.int(), body: z.unknown() })
    .nullable()
    .meta({ description: "The answer to the call: its HTTP status and body." }),
});

const nameOf = (what: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${what} Null: it is gone, or there is none.` });

/** For people who look: with what those are called whom it is about. */
const namedSchema = approvalSchema.extend({
  names: z.object({
    askedBy: nameOf("Of the key or person that asked."),
    decidedBy: nameOf("Of who decided."),
    lead: nameOf("The lead's name, or an address."),
    campaign: nameOf("The campaign's name."),
  }),
});

const example = {
  id: "appr_01k9d3v0x5e0rb1v6m2z8q4w7n",
  action: "send_message",
  draft: false,
  request: { leadId: "lead_01k9d3v0x5e0rb1v6m2z8q4w7p", channel: "sms", text: "Are you free on Tuesday?" },
  leadId: "lead_01k9d3v0x5e0rb1v6m2z8q4w7p",
  campaignId: null,
  conversationId: null,
  note: "She asked for a date on Friday.",
  askedBy: "key_01k9d3v0x5e0rb1v6m2z8q4w7q",
  status: "waiting",
  createdAt: "2026-01-05T09:30:00.000Z",
  expiresAt: "2026-01-08T09:30:00.000Z",
  decidedAt: null,
  decidedBy: null,
  decisionNote: null,
  changedRequest: null,
  outcome: null,
};

const namedExample = {
  ...example,
  names: { askedBy: "Research agent", decidedBy: null, lead: "Ada Lovelace", campaign: null },
};

const askInput = z.strictObject({
  action: z.enum(approvalActions),
  request: object.meta({
    description:
      "`send_message`: the body of `POST /v1/messages`, with `leadId`; `reply`: that of `POST /v1/conversations/{id}/messages`, and `conversationId`; `enroll_leads`: `campaignId` and `leadIds`; the others: `campaignId`.",
  }),
  note: z.string().trim().min(1).max(1_000).optional().meta({ description: "For the person who decides." }),
  requestId: z.string().min(1).max(100).optional().meta({
    description:
      "A name of the caller's own: asking again with it answers with the first one, whatever became of it. Without it, the same that waits already is not stored twice.",
  }),
  expiresInHours: z.number().int().min(1).max(720).default(72),
});

type Ask = z.output<typeof askInput>;

async function store(
  { api, workspaceId, callerId, body, recorded }: EndpointContext<unknown, unknown, Ask>,
  draft: boolean,
  waits: boolean,
): Promise<Approval> {
  const { action, request: given, note = null, requestId = null, expiresInHours } = body;
  const read = await readRequest(api.db, workspaceId, action, given);
  if ((await countWaiting(api.db, workspaceId, mostWaiting)) >= mostWaiting) {
    throw new HeraldError(
      "rate_limited",
      `${mostWaiting} requests wait for a person already. Decide about them first: GET /v1/approvals?status=waiting.`,
    );
  }
  const expiresIn = expiresInHours * 3_600;
  const asked = { ...read, action, draft, note, requestId, askedBy: callerId, expiresIn };
  const insert = async (tx: Queryable) => {
    const { approval, known } = await insertApproval(tx, workspaceId, asked);
    const events = waits && !known ? [approvalCreated(workspaceId, approval)] : [];
    return { approval, lanes: await recordEvents(tx, events) };
  };
  const { approval, lanes } = await recorded.transaction(insert, ({ approval }) => approval);
  api.wake("delivery", lanes);
  return approval;
}

const ask = endpoint({
  method: "POST",
  path: "/v1/approvals",
  right: "approvals.ask",
  tags: ["Approvals"],
  summary: "Ask for an approval",
  description:
    "What an agent wants to be done, for a person to decide about: the MCP server sends and starts nothing but by this. 202: it waits. 200: the workspace lets agents act (`agentsNeedApproval: false`), and it was carried out, or refused: see `outcome`. What is wrong with the request is said now.",
  // The call that it stands for commits by itself.
  transaction: false,
  body: askInput,
  responses: { 202: approvalSchema, 200: approvalSchema },
  example: {
    body: { action: "send_message", request: example.request, note: example.note },
    response: example,
  },
  async execute(context) {
    const { api, workspaceId } = context;
    const waits = (await getWorkspace(api.db, workspaceId))?.agentsNeedApproval !== false;
    const approval = await store(context, false, waits);
    if (waits || approval.status !== "waiting") {
      return { status: approval.status === "waiting" ? 202 : 200, body: approval };
    }
    const decision = { status: "approved", by: null, note: null, changedRequest: null } as const;
    const mine = await decideApproval(api.db, workspaceId, approval.id, decision);
    const decided = await existing(api.db, workspaceId, approval.id);
    return { status: 200, body: await carryOut(context, decided, mine) };
  },
});

const draft = endpoint({
  method: "POST",
  path: "/v1/approvals/drafts",
  right: "approvals.draft",
  tags: ["Approvals"],
  summary: "Draft a message",
  description:
    "Keeps a message or an answer for a person to look at, change and send; it never goes out by itself, so that a key that can only read may do it.",
  transaction: false,
  body: askInput.extend({ action: z.enum(["send_message", "reply"]) }),
  responses: { 201: approvalSchema },
  example: { body: { action: "send_message", request: example.request }, response: { ...example, draft: true } },
  async execute(context) {
    return { status: 201, body: await store(context, true, true) };
  },
});

const list = endpoint({
  method: "GET",
  path: "/v1/approvals",
  right: "approvals.read",
  tags: ["Approvals"],
  summary: "List approvals",
  description: "Newest first.",
  query: z.strictObject({
    status: z.enum(approvalStatuses).optional(),
    leadId: z.string().max(200).optional(),
    campaignId: z.string().max(200).optional(),
    conversationId: z.string().max(200).optional(),
    cursor: idCursor("approval").optional(),
    limit: limit(),
  }),
  responses: { 200: page(namedSchema) },
  example: { response: { data: [namedExample], nextCursor: null } },
  async execute({ tx, workspaceId, query: { cursor: before, limit: size, ...filter } }) {
    const rows = await listApprovals(tx, workspaceId, { ...filter, before, limit: size + 1 });
    const { data, nextCursor } = pageOf(rows, size, (last) => last.id);
    return { status: 200, body: { data: await withNames(tx, workspaceId, data), nextCursor } };
  },
});

const waitingCount = endpoint({
  method: "GET",
  path: "/v1/approvals/waiting",
  right: "approvals.read",
  tags: ["Approvals"],
  summary: "Count what waits",
  description: "How many requests and drafts wait for a person's decision.",
  responses: { 200: z.object({ waiting: z.int() }) },
  example: { response: { waiting: 2 } },
  async execute({ tx, workspaceId }) {
    return { status: 200, body: { waiting: await countWaiting(tx, workspaceId, mostWaiting) } };
  },
});

async function existing(db: Queryable, workspaceId: string, id: string): Promise<Approval> {
  const approval = await getApproval(db, workspaceId, id);
  if (approval === null) throw notFound("approval", id);
  return approval;
}

const get = endpoint({
  method: "GET",
  path: "/v1/approvals/{id}",
  right: "approvals.read",
  tags: ["Approvals"],
  summary: "Get an approval",
  params: idParams,
  responses: { 200: namedSchema },
  example: { response: namedExample },
  async execute({ tx, workspaceId, params }) {
    const approval = await existing(tx, workspaceId, params.id);
    return { status: 200, body: (await withNames(tx, workspaceId, [approval]))[0]! };
  },
});

const decisionNote = z.string().trim().min(1).max(1_000).optional();

const approve = endpoint({
  method: "POST",
  path: "/v1/approvals/{id}/approve",
  right: "approvals.decide",
  tags: ["Approvals"],
  summary: "Approve a request",
  description:
    "Carries out what was asked for, once, in the name of who approves: needs the right to do it, too. What became of it is in `outcome`; where Herald refuses it (the lead has opted out in the meantime), the approval is `failed`; with a `change` that its channel doesn't allow it goes on waiting. Where no answer came, call it again: what was carried out is not carried out twice. The key that asked can't approve.",
  params: idParams,
  transaction: false,
  body: z
    .strictObject({
      change: z
        .strictObject({ text: z.string().max(100_000).optional(), subject: z.string().max(1_000).nullish() })
        .optional()
        .meta({
          description:
            "Other words for a message or an answer; with other `text` the HTML of a mail is left out. What was asked for is kept beside them.",
        }),
      note: decisionNote,
    })
    .optional(),
  responses: { 200: approvalSchema },
  async execute(context) {
    const { api, workspaceId, callerId, params, body, recorded } = context;
    const found = await existing(api.db, workspaceId, params.id);
    await refuseAsker(api.db, workspaceId, found, callerId);
    const decision = {
      ...{ status: "approved" as const, by: callerId, note: body?.note ?? null },
      changedRequest: await changedRequest(api.db, workspaceId, found, body?.change),
    };
    const { mine, approval } = await recorded.transaction(async (tx) => {
      const mine = await decideApproval(tx, workspaceId, params.id, decision);
      const approval = await existing(tx, workspaceId, params.id);
      if (!mine) refuseDecided(approval, "approved");
      return { mine, approval };
    });
    return { status: 200, body: await carryOut(context, approval, mine) };
  },
});

const reject = endpoint({
  method: "POST",
  path: "/v1/approvals/{id}/reject",
  right: "approvals.decide",
  tags: ["Approvals"],
  summary: "Reject a request",
  description: "For ever: it is never carried out. Who asked sees the note.",
  params: idParams,
  body: z.strictObject({ note: decisionNote }).optional(),
  responses: { 200: approvalSchema },
  async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
    const found = await existing(tx, workspaceId, params.id);
    const decision = { status: "rejected", by: callerId, note: body?.note ?? null, changedRequest: null } as const;
    const mine = await decideApproval(tx, workspaceId, found.id, decision);
    const approval = await existing(tx, workspaceId, params.id);
    if (!mine) refuseDecided(approval, "rejected");
    const lanes = await recordEvents(tx, mine ? [approvalDecided(workspaceId, approval, "rejected")] : []);
    afterCommit(() => api.wake("delivery", lanes));
    return { status: 200, body: approval };
  },
});

/** An approval by who asked is none; and what a key asked for that was cut off since was perhaps not asked for by its owner. */
async function refuseAsker(db: Queryable, workspaceId: string, { askedBy }: Approval, by: string): Promise<void> {
  if (askedBy === by && isId("apiKey", by)) {
    throw new HeraldError(
      "forbidden",
      "The key that asked for this can't approve it. Use another one, or the dashboard.",
    );
  }
  if ((await findKeyById(db, workspaceId, askedBy))?.revokedAt) {
    throw new HeraldError("invalid_state", `The key ${askedBy}, which asked for this, was revoked since. Reject it.`);
  }
}

/** Throws where somebody decided otherwise, or nobody in time. The same decision again is none. */
function refuseDecided({ id, status, decidedAt, expiresAt }: Approval, wanted: "approved" | "rejected"): void {
  if (wanted === "approved" ? ["approved", "done", "failed"].includes(status) : status === "rejected") return;
  const since = status === "expired" ? expiresAt : decidedAt;
  throw new HeraldError(
    "invalid_state",
    status === "waiting" ? `${id} is being decided about.` : `${id} is ${status} since ${since?.toISOString()}.`,
  );
}

/**
 * Performs an approved call as the caller, unless that was done, and notes the answer. `mine`: the caller has just decided;
 * else somebody comes again, after a crash or at the same time. The approval's ID is the call's Idempotency-Key, so that
 * these get the first answer. What a database that is away answers is no answer to a call that can be repeated.
 */
async function carryOut(context: EndpointContext, approval: Approval, mine: boolean): Promise<Approval> {
  const { api, workspaceId, request } = context;
  if (approval.status !== "approved") return approval;
  const repeatable = canRepeat(approval);
  if (!mine && !repeatable) throw uncertain(approval);
  const outcome = await request.perform({ ...callOf(approval), idempotencyKey: `approval/${approval.id}` });
  const { message = "" } = (outcome.body ?? {}) as { message?: string };
  if ([401, 403, 429].includes(outcome.status)) {
    await undecideApproval(api.db, workspaceId, approval.id);
    throw new HeraldError(outcome.status === 429 ? "rate_limited" : "forbidden", `It goes on waiting: ${message}`);
  }
  if (outcome.status >= 500 && repeatable) {
    throw new HeraldError(
      "database_unavailable",
      `It is approved and was not carried out yet (${outcome.status}: ${message}). Approve it again.`,
    );
  }
  const lanes = await api.db.transaction(async (tx) => {
    if (!(await settleApproval(tx, workspaceId, approval.id, outcome))) return [];
    return await recordEvents(tx, [approvalDecided(workspaceId, approval, outcome.status < 400 ? "done" : "failed")]);
  });
  api.wake("delivery", lanes);
  return await existing(api.db, workspaceId, approval.id);
}

export const approvalEndpoints: readonly Endpoint[] = [ask, draft, list, waitingCount, get, approve, reject];
