import { z } from "zod";
import { hoursOf } from "../../assistant/hours.ts";
import { leadAssistant } from "../../assistant/lead-profile.ts";
import { changeFollowUps, requireFollowUp } from "../../campaigns/follow-ups.ts";
import { messagesOfLead } from "../../db/apten.ts";
import type { Lead } from "../../db/lead.ts";
import type { Queryable } from "../../db/pool.ts";
import { getWorkspace } from "../../db/workspace.ts";
import { HeraldError } from "../../domain/error.ts";
import { contentProblems } from "../../domain/message-content.ts";
import type { ProfileContent } from "../../domain/profile.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { time } from "../fields.ts";
import { readSchedule } from "../message-send.ts";
import { invalid } from "../validate.ts";
import { aptenTime, orDefault, orNull } from "./inputs.ts";
import { aptenParams, mustGetAptenLead, tags } from "./lead-answer.ts";

/** Messages of one lead in one answer at most: the call has no pages. */
const mostMessages = 10_000;

const messages = endpoint({
  method: "GET",
  path: "/apten/v1/leads/{id}/messages",
  right: "messages.read",
  tags,
  summary: "Get a lead's messages as Apten does",
  description: `What went out to the lead and what it wrote, on every channel, the first ones first; of more than ${mostMessages.toLocaleString("en-US")} the latest.`,
  params: aptenParams,
  responses: {
    200: z.object({
      messages: z.array(
        z.object({ content: z.object({ text: z.string() }), createdAt: time, owner: z.enum(["user", "lead"]) }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    await mustGetAptenLead(tx, workspaceId, params.id);
    const rows = await messagesOfLead(tx, workspaceId, params.id, mostMessages);
    const shown = rows.map(({ text, at, direction }) => ({
      ...{ content: { text }, createdAt: at, owner: direction === "inbound" ? ("lead" as const) : ("user" as const) },
    }));
    return { status: 200, body: { messages: shown } };
  },
});

const send = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/sendMessage",
  audit: "brief",
  right: "messages.send",
  tags,
  summary: "Send an SMS as Apten does",
  description:
    "Accepts an SMS for the lead: it is stored when the answer comes, and goes out once. Without `scheduledTime` it waits for the hours of the lead's profile and of the workspace. Where the lead has a profile with follow-ups, these begin behind whatever goes out; `scheduleFollowUps: true` begins with the first one again, its hours from when the message is due.",
  params: aptenParams,
  body: z.strictObject({
    message: z.string().min(1).max(1_600),
    scheduledTime: orNull(aptenTime).meta({
      description: "Not before this, 366 days ahead at most. In the past: now.",
    }),
    sendWhenOff: orDefault(z.boolean(), false).meta({ description: "Also where the assistant is off for the lead." }),
    scheduleFollowUps: orDefault(z.boolean(), false),
    overrideBusinessHours: orDefault(z.boolean(), false),
  }),
  idempotency: "desk",
  responses: { 200: z.object({ message: z.literal("Message sent successfully.") }) },
  example: { body: { message: "Hi Jane, are you free on Tuesday?" } },
  async execute({ api, workspaceId, params, body, idempotency, onRecord }) {
    const done = { status: 200 as const, body: { message: "Message sent successfully." as const } };
    if (idempotency && (await api.desk.wasAccepted(workspaceId, idempotency))) {
      return { ...done, headers: { "idempotent-replayed": "true" } };
    }
    const lead = await mustGetAptenLead(api.db, workspaceId, params.id);
    const content = {
      ...{ channel: "sms" as const, action: "message" as const, text: body.message },
      ...{ subject: null, html: null },
    };
    const problems = contentProblems(content);
    if (problems.length > 0) throw invalid(problems.map((problem) => ({ ...problem, field: "message" })));
    const { profile, effective } = await leadAssistant(api.db, workspaceId, lead);
    if (effective === "off" && !body.sendWhenOff) {
      throw new HeraldError(
        "invalid_state",
        `The assistant is off for the lead ${lead.id}. With sendWhenOff: true the message is sent all the same.`,
      );
    }
    if (body.scheduleFollowUps && !profile) {
      throw new HeraldError("unprocessable", `The lead ${lead.id} has no profile, and so no follow-ups to schedule.`);
    }
    if (body.scheduleFollowUps) await requireFollowUp(api.db, workspaceId, lead.id, 1);
    const asked = readSchedule(body.scheduledTime ?? null, "scheduledTime");
    const waits = body.scheduledTime === undefined && !body.overrideBusinessHours;
    const scheduledAt = waits ? await nextHours(api.db, workspaceId, lead, profile?.content ?? null) : asked;
    const whom = { workspaceId, leadId: params.id, senderId: null };
    const hoursOverride = body.overrideBusinessHours ? "overrideBusinessHours of Apten's API" : null;
    const request = { ...content, ...whom, scheduledAt, source: "api" as const, hoursOverride };
    // With the message or not at all: a request that is sent again under its key finds the message, and asks for nothing more.
    const followUps = (tx: Queryable) => changeFollowUps(tx, workspaceId, lead.id, { step: 1, from: scheduledAt });
    await api.desk.submit(request, idempotency, onRecord, null, body.scheduleFollowUps ? followUps : null);
    if (body.scheduleFollowUps) api.wakePlanner();
    return done;
  },
});

/** When the hours of the profile and the workspace next allow an SMS; null: now. */
async function nextHours(
  db: Queryable,
  workspaceId: string,
  { timeZone }: Lead,
  content: ProfileContent | null,
): Promise<Date | null> {
  const workspace = (await getWorkspace(db, workspaceId))!;
  const now = Date.now();
  const { smsHours, timeZone: workspaceZone } = workspace;
  const schedule = content?.schedule ?? null;
  const { opensAt } = hoursOf({ schedule, smsHours, channel: "sms", timeZone, workspaceZone }, now);
  if (opensAt !== null) return opensAt > now ? new Date(opensAt) : null;
  throw new HeraldError(
    "unprocessable",
    "The hours of the profile and the workspace never allow an SMS. Change them, or send with overrideBusinessHours: true.",
  );
}

export const aptenMessageEndpoints: readonly Endpoint[] = [messages, send];
