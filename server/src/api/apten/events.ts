import { z } from "zod";
import {
  type AptenEvent,
  type AptenMessage,
  aptenContext,
  aptenMessages,
  aptenTurns,
  eventsOfLead,
} from "../../db/apten.ts";
import type { TurnNotes } from "../../db/assistant-turn.ts";
import type { Queryable } from "../../db/pool.ts";
import { encodePlace, placeCursor } from "../cursor.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { limit, time } from "../fields.ts";
import { aptenTime, placeId, unlessEmpty } from "./inputs.ts";
import { aptenParams, mustGetAptenLead, tags } from "./lead-answer.ts";
import { nextToken } from "./lead-list.ts";

/** `CALL` is Apten's, too: Herald makes none, and has none to show. */
const eventTypes = ["MESSAGE", "EMAIL", "CUSTOM", "TOOL_CALL", "COMPLIANCE_BLOCKED", "CALL"] as const;
type EventKind = (typeof eventTypes)[number];

/** Several in one parameter, or in one each, as clients write lists; in any case. */
const types = z
  .union([z.string().max(200), z.array(z.string().max(200)).max(20)])
  .transform((given, context): EventKind[] => {
    const names = [given]
      .flat()
      .flatMap((list) => list.split(",").map((one) => one.trim().toUpperCase()))
      // A comma behind the last one.
      .filter((one) => one !== "");
    const unknown = names.find((one) => !(eventTypes as readonly string[]).includes(one));
    if (unknown === undefined) return names as EventKind[];
    context.addIssue({
      code: "custom",
      message: `There is no type ${JSON.stringify(unknown)}; there are ${eventTypes.join(", ")}.`,
    });
    return z.NEVER;
  });

const place = z
  .tuple([z.int().min(0).max(8_640_000_000_000_000), placeId])
  .transform(([ms, id]) => ({ at: new Date(ms), id }));

const eventSchema = z.object({
  id: z.string(),
  roomId: z.string().meta({ description: "The lead's ID." }),
  orgId: z.string().meta({ description: "The workspace's ID." }),
  type: z.enum(eventTypes),
  timestamp: time,
  updatedAt: time,
  data: z.record(z.string(), z.unknown()).meta({
    description:
      "MESSAGE and EMAIL: direction, content {text, subject?}, isAiGenerated, deliveryChannel. CUSTOM: context. TOOL_CALL: tools [{name, input}], what the assistant did beside writing. COMPLIANCE_BLOCKED: channel, reason, source (`http`: the compliance check; `dnc`: not to be contacted; `opt_out`), triggeredBy.",
  }),
});

const events = endpoint({
  method: "GET",
  path: "/apten/v1/leads/{id}/events",
  right: "messages.read",
  tags,
  summary: "List a lead's events as Apten does",
  description:
    "By `updatedAt`, the longest ago first. A page can hold fewer than `limit` and not be the last one: go on until `nextToken` is null.",
  params: aptenParams,
  query: z.strictObject({
    since: aptenTime,
    types: unlessEmpty(types.optional()).meta({ description: "Separated by commas. Default: all." }),
    limit: unlessEmpty(limit(1_000, 100)),
    nextToken: unlessEmpty(placeCursor(place).optional()),
  }),
  responses: { 200: z.object({ events: z.array(eventSchema), nextToken }) },
  async execute({ tx, workspaceId, params, query }) {
    await mustGetAptenLead(tx, workspaceId, params.id);
    const { since, types: wanted = eventTypes, limit: size, nextToken: after } = query;
    const rows = await eventsOfLead(tx, workspaceId, params.id, { since, after, limit: size + 1 });
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const found = (await shownEvents(tx, workspaceId, params.id, shown)).filter(({ type }) => wanted.includes(type));
    return {
      status: 200,
      body: {
        events: found,
        nextToken: rows.length > size && last ? encodePlace([last.updatedAt.getTime(), last.id]) : null,
      },
    };
  },
});

type EventAnswer = z.input<typeof eventSchema>;

/** In their order; what says nothing that Apten has a word for is left out. */
async function shownEvents(
  tx: Queryable,
  orgId: string,
  roomId: string,
  refs: readonly AptenEvent[],
): Promise<EventAnswer[]> {
  const idsOf = (kind: AptenEvent["kind"]) => refs.filter((ref) => ref.kind === kind).map(({ id }) => id);
  const messages = new Map((await aptenMessages(tx, orgId, idsOf("message"))).map((row) => [row.id, row]));
  const turns = new Map((await aptenTurns(tx, orgId, idsOf("turn"))).map((row) => [row.id, row]));
  const context = new Map((await aptenContext(tx, orgId, idsOf("context"))).map((row) => [row.id, row]));
  return refs.flatMap(({ id, updatedAt }): EventAnswer[] => {
    const about = { id, roomId, orgId, updatedAt };
    const said = context.get(id);
    if (said) return [{ ...about, type: "CUSTOM", timestamp: said.at, data: { context: said.text } }];
    const turn = turns.get(id);
    if (turn) {
      const tools = toolsOf(turn.notes);
      return tools.length === 0 ? [] : [{ ...about, type: "TOOL_CALL", timestamp: turn.createdAt, data: { tools } }];
    }
    const message = messages.get(id);
    const event = message && messageEvent(message);
    return event ? [{ ...about, timestamp: message.at, ...event }] : [];
  });
}

const deliveryChannels = { sms: "SMS", email: "EMAIL", linkedin: "LINKEDIN" } as const;

function messageEvent(row: AptenMessage): Pick<EventAnswer, "type" | "data"> | null {
  const { channel, direction, subject, text } = row;
  if (row.status === "blocked") {
    const source = blockedBy(row);
    if (source === null) return null;
    const data = { channel, reason: row.statusDetail, source, triggeredBy: row.source };
    return { type: "COMPLIANCE_BLOCKED", data };
  }
  const data = {
    direction: direction.toUpperCase(),
    content: channel === "email" && subject !== null ? { subject, text } : { text },
    isAiGenerated: row.source === "assistant",
    deliveryChannel: deliveryChannels[channel],
  };
  return { type: channel === "email" ? "EMAIL" : "MESSAGE", data };
}

/** What forbade a message: the compliance check, the do-not-contact register, or an opt-out; null: another rule. */
function blockedBy({ statusCode, statusDetail }: AptenMessage): "http" | "dnc" | "opt_out" | null {
  if (statusCode === "compliance_blocked") return "http";
  if (statusCode !== "suppressed") return null;
  return /do not contact/i.test(statusDetail ?? "") ? "dnc" : "opt_out";
}

/** What the assistant asked for beside writing, and why. */
function toolsOf({ searches, conditions, handOver, stop, booked }: TurnNotes): { name: string; input: object }[] {
  return [
    ...searches.map((query) => ({ name: "search_knowledge", input: { query } })),
    ...conditions
      .filter(({ met }) => met)
      .map(({ kind, name, reason }) => ({ name: kind === "tag" ? "tag" : "notify", input: { name, reason } })),
    ...(booked ? [{ name: "book", input: {} }] : []),
    ...(handOver === null ? [] : [{ name: "hand_over", input: { reason: handOver } }]),
    ...(stop === null ? [] : [{ name: "stop", input: { reason: stop } }]),
  ];
}

export const aptenEventEndpoints: readonly Endpoint[] = [events];
