import { z } from "zod";
import type { Queryable } from "../db/pool.ts";
import { replanWaiting } from "../db/replan.ts";
import {
  changeWorkspace,
  getWorkspace,
  listSettingChanges,
  lockWorkspace,
  recordSettingChange,
  type Workspace,
} from "../db/workspace.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { bareWord, keywordOf } from "../domain/opt-out-words.ts";
import { parseTimeOfDay } from "../domain/schedule/local-date.ts";
import { rangeProblems } from "../domain/schedule/schedule.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { refuseSilencing } from "./campaign-rules.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, name, time } from "./fields.ts";
import { invalid } from "./validate.ts";

const linked = z
  .strictObject(Object.fromEntries(channels.map((channel) => [channel, z.array(z.enum(channels)).max(2).optional()])))
  .meta({
    description:
      'By channel: the others for which an opt-out from it counts as well. {"sms": ["email"]}: who opts out of SMS gets no email either. Counts at once, for opt-outs of the past, too; not for addresses that only don\'t work.',
    examples: [{ sms: ["email"], email: ["sms", "linkedin"] }],
  });
const hours = z.object({ from: z.string(), to: z.string() });
const workspaceSchema = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  smsHours: hours.meta({
    description: "Campaigns send SMS only between these hours by the clock at the lead's place.",
  }),
  messagesPerDay: z.int().nullable().meta({ description: "Over all senders, in a day of the workspace's zone." }),
  minTouchGapSeconds: z
    .int()
    .meta({ description: "Between two campaign messages to the same lead, over all campaigns." }),
  optOutWords: z.array(z.string()).meta({
    description:
      "What counts as STOP by SMS, and as the whole answer to an email, beside STOP, UNSUBSCRIBE, CANCEL and the like; in capitals.",
  }),
  linkedChannels: linked,
  agentsNeedApproval: z.boolean().meta({
    description: "Whether what agents ask for by `POST /v1/approvals`, as the MCP server does, waits for a person.",
  }),
  absencePauseDays: z.int().meta({
    description:
      "An absence note lets a lead's sequences rest until the day of return that it names; so many days where it names none. 0: absence notes change nothing.",
  }),
  createdAt: time,
});
const example = {
  id: "ws_01k9x2m4vye8qsa5h1b7d3n6fj",
  name: "Analytical Engines",
  timeZone: "Europe/London",
  smsHours: { from: "08:00", to: "21:00" },
  messagesPerDay: null,
  minTouchGapSeconds: 0,
  optOutWords: ["ARRET"],
  linkedChannels: { sms: ["email" as const] },
  agentsNeedApproval: true,
  absencePauseDays: 7,
  createdAt: new Date("2026-01-05T09:30:00Z"),
};

const get = endpoint({
  method: "GET",
  path: "/v1/workspace",
  right: "workspace.read",
  tags: ["Workspace"],
  summary: "Get the workspace",
  description: "That of the key.",
  responses: { 200: workspaceSchema },
  example: { response: example },
  async execute({ tx, workspaceId }) {
    const workspace = await getWorkspace(tx, workspaceId);
    if (!workspace) throw notFound("workspace", workspaceId);
    return { status: 200, body: workspace };
  },
});

const change = endpoint({
  method: "PATCH",
  path: "/v1/workspace",
  right: "workspace.write",
  tags: ["Workspace"],
  summary: "Change the workspace's settings",
  description:
    "Only what is given changes. `smsHours` may be made narrower than 08:00 to 21:00 as they are; wider ones need `override: true` " +
    "and a `reason`, which goes on record: many places forbid SMS at night.",
  body: z.strictObject({
    name: name().optional(),
    timeZone: z.string().max(100).optional(),
    smsHours: z.strictObject({ from: z.string().max(5), to: z.string().max(5) }).optional(),
    messagesPerDay: z.int().min(1).max(100_000_000).nullable().optional(),
    minTouchGapSeconds: z.int().min(0).max(31_536_000).optional(),
    optOutWords: z.array(z.string().max(100)).max(100).optional().meta({
      description:
        "Whole messages, in any case. The standard words always count; those that mean START or HELP can't be among them.",
    }),
    linkedChannels: linked.optional().meta({ description: "In place of what is set." }),
    agentsNeedApproval: z.boolean().optional(),
    absencePauseDays: z
      .int()
      .min(0)
      .max(90)
      .optional()
      .meta({ description: "Counts for notes that come from now on." }),
    override: z.boolean().default(false),
    reason: z.string().trim().min(1).max(500).optional(),
  }),
  // What waits by the old settings is looked at in parts, when they are changed.
  transaction: false,
  responses: { 200: workspaceSchema },
  example: { body: { smsHours: { from: "09:00", to: "19:00" } }, response: example },
  async execute({ api, workspaceId, callerId, body, recorded }) {
    const { override, reason, timeZone, optOutWords, ...rest } = body;
    const zone = timeZone === undefined ? undefined : normaliseTimeZone(timeZone);
    if (zone && !zone.ok) throw invalid([{ field: "timeZone", reason: zone.reason }]);
    if (rest.smsHours) refuseSilentLoosening(rest.smsHours, override, reason);
    const change = { ...rest, timeZone: zone?.value, optOutWords: optOutWords && ownWords(optOutWords) };
    const changed = await recorded.transaction((tx) =>
      changeOnRecord(tx, workspaceId, change, callerId, reason ?? null),
    );
    if (rest.smsHours ?? zone ?? rest.minTouchGapSeconds !== undefined) await replanWaiting(api.db, workspaceId, null);
    api.wakePlanner();
    return { status: 200, body: changed };
  },
});

async function changeOnRecord(
  tx: Queryable,
  workspaceId: string,
  change: Parameters<typeof changeWorkspace>[2],
  changedBy: string,
  reason: string | null,
): Promise<Workspace> {
  const before = await lockWorkspace(tx, workspaceId);
  if (!before) throw notFound("workspace", workspaceId);
  if (change.smsHours && JSON.stringify(change.smsHours) !== JSON.stringify(before.smsHours)) {
    await refuseSilencing(tx, workspaceId, change.smsHours);
  }
  const changed = await changeWorkspace(tx, workspaceId, change);
  for (const setting of [
    "smsHours",
    "messagesPerDay",
    "minTouchGapSeconds",
    "timeZone",
    "absencePauseDays",
    ...consent,
    "agentsNeedApproval",
  ] as const) {
    if (JSON.stringify(before[setting]) === JSON.stringify(changed[setting])) continue;
    const facts = { setting, before: before[setting], after: changed[setting], changedBy, reason };
    await recordSettingChange(tx, workspaceId, facts);
  }
  return changed;
}

/** What decides who is written to is on record. */
const consent = ["optOutWords", "linkedChannels"] as const;

/** As messages are compared with them. */
function ownWords(given: readonly string[]): string[] {
  const words = given.map(bareWord);
  const problems = words.flatMap((word, i) => {
    const field = `optOutWords.${i}`;
    if (word === "") return [{ field, reason: "This has neither letters nor digits." }];
    const keyword = keywordOf(word);
    return keyword === "start" || keyword === "help"
      ? [{ field, reason: `${word} is a standard word with another meaning (${keyword}).` }]
      : [];
  });
  if (problems.length > 0) throw invalid(problems);
  return [...new Set(words)];
}

const quiet = { from: parseTimeOfDay("08:00")!, to: parseTimeOfDay("21:00")! };

function refuseSilentLoosening(given: Workspace["smsHours"], override: boolean, reason: string | undefined): void {
  const problems = rangeProblems(given, "smsHours.");
  if (problems.length > 0) throw invalid(problems);
  const looser = parseTimeOfDay(given.from)! < quiet.from || parseTimeOfDay(given.to)! > quiet.to;
  if (!looser) return;
  const how =
    "Hours beyond 08:00 to 21:00 need `override: true` and a `reason` in the same request; both go on record.";
  if (!override) throw invalid([{ field: "smsHours", reason: how }]);
  if (reason === undefined) throw invalid([{ field: "reason", reason: how }]);
}

const changes = endpoint({
  method: "GET",
  path: "/v1/workspace/setting-changes",
  right: "audit.read",
  tags: ["Workspace"],
  summary: "List changes of settings",
  description: "Who changed what, when and why; newest first.",
  query: z.strictObject({ limit: limit(200) }),
  responses: {
    200: z.object({
      data: z.array(
        z.object({
          at: time,
          setting: z.string(),
          before: z.unknown(),
          after: z.unknown(),
          changedBy: z.string().meta({ description: "The ID of the API key or the person." }),
          reason: z.string().nullable(),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    return { status: 200, body: { data: await listSettingChanges(tx, workspaceId, query.limit) } };
  },
});

export const workspaceEndpoints: readonly Endpoint[] = [get, change, changes];
