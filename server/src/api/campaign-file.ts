import { z } from "zod";
import { type Campaign, campaignIdOfKey, canonical, getCampaign, type Step } from "../db/campaign.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { replanWaiting } from "../db/replan.ts";
import { sendersByReference } from "../db/sender-lookup.ts";
import type { ErrorDetail } from "../domain/error.ts";
import { campaignRulesInput, readRules } from "./campaign-rules.ts";
import { keyInput, readSteps, stepInput } from "./campaign-steps.ts";
import { campaignAnswer, campaignSchema, changeCampaignIn, createCampaignIn, readTimeZone } from "./campaigns.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { name } from "./fields.ts";
import { invalid } from "./validate.ts";

/**
 * A campaign as a file, to be kept in version control: it says all of the campaign, so that what it leaves out has its
 * default. Steps are told apart by their keys, and so keep their leads when the file changes.
 */
const fileStep = stepInput.omit({ id: true, position: true, delaySeconds: true }).extend({
  key: keyInput.meta({ description: "Names the step for ever: it keeps its leads when the file changes." }),
});

const fileContent = {
  name: name(),
  timeZone: z
    .string()
    .max(100)
    .nullish()
    .meta({ description: "IANA name, such as Europe/Berlin: for leads that have none of their own." }),
  senders: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .meta({ description: "IDs of senders, or their names; each step that sends needs one of its channel." }),
  steps: z.array(fileStep).min(1).max(50),
  ...campaignRulesInput,
} as const;

export const campaignFile = z
  .strictObject({
    $schema: z.string().max(2_000).optional().meta({ description: "For editors." }),
    key: keyInput.meta({ description: "Names the campaign for ever: applying the file again changes this one." }),
    ...fileContent,
  })
  .meta({ title: "Herald campaign", description: "A campaign for `herald campaigns apply`." });

const putBody = z.strictObject(fileContent);
type FileContent = z.output<typeof putBody>;

/** JSON Schema (draft 2020-12) of a campaign file. */
export function campaignFileSchema(): object {
  return z.toJSONSchema(campaignFile, { io: "input" });
}

export interface Applied {
  campaign: Campaign;
  created: boolean;
  /** Fields that were changed: "name", "steps.intro", ...; empty: the campaign was as the file says. */
  changes: string[];
}

/** Leads that wait by the rules from before are looked at by the new ones. When what was applied is committed. */
export async function replanApplied(db: Database, workspaceId: string, { campaign, changes }: Applied): Promise<void> {
  if (changes.some((field) => ["schedule", "limits", "timeZone"].includes(field)))
    await replanWaiting(db, workspaceId, campaign.id);
}

/**
 * Makes the campaign of this key what the content says; then `replanApplied`. Doing it again changes nothing.
 *
 * @throws HeraldError as when a campaign is created or changed, fields named as in the content
 */
export async function applyCampaign(
  tx: Queryable,
  workspaceId: string,
  key: string,
  content: FileContent,
): Promise<Applied> {
  // Two that apply one file at once: one of them waits, and finds what the other has done.
  await tx.query("select pg_advisory_xact_lock(hashtextextended('herald.campaign ' || $1 || ' ' || $2, 0))", [
    workspaceId,
    key,
  ]);
  const wanted = await readContent(tx, workspaceId, content);
  const id = await campaignIdOfKey(tx, workspaceId, key);
  if (id === null) {
    const campaign = await createCampaignIn(tx, workspaceId, { ...wanted, name: content.name }, key);
    return { campaign, created: true, changes: [] };
  }
  const before = (await getCampaign(tx, workspaceId, id))!;
  const changes = differences(before, wanted);
  if (changes.length === 0) return { campaign: before, created: false, changes };
  const touched = new Set(changes.map((field) => field.split(".")[0]!));
  const change = Object.fromEntries(
    Object.entries(wanted).filter(([field]) => touched.has(field === "senderIds" ? "senders" : field)),
  );
  return { campaign: await changeCampaignIn(tx, workspaceId, id, change), created: false, changes };
}

/** The content with nothing left open, and senders by ID. */
async function readContent(tx: Queryable, workspaceId: string, content: FileContent) {
  const { senders, senderWeights = {}, ...rest } = content;
  const found = await sendersByReference(tx, workspaceId, [...senders, ...Object.keys(senderWeights)]);
  const problems: ErrorDetail[] = [];
  const idOf = (reference: string, field: string): string => {
    const ids = found.get(reference) ?? [];
    if (ids.length === 1) return ids[0]!;
    const reason =
      ids.length === 0
        ? `There is no sender ${reference} in this workspace.`
        : `${ids.length} senders are called ${reference}; give the ID: ${ids.slice(0, 5).join(", ")}.`;
    problems.push({ field, reason });
    return reference;
  };
  const senderIds = [...new Set(senders.map((reference, i) => idOf(reference, `senders.${i}`)))];
  const weights = Object.entries(senderWeights).map(
    ([reference, weight]) => [idOf(reference, `senderWeights.${reference}`), weight] as const,
  );
  if (problems.length > 0) throw invalid(problems);
  return {
    name: rest.name,
    timeZone: readTimeZone(rest.timeZone) ?? null,
    senderIds,
    steps: rest.steps,
    schedule: rest.schedule ?? null,
    limits: {
      messagesPerDay: rest.limits?.messagesPerDay ?? null,
      newLeadsPerDay: rest.limits?.newLeadsPerDay ?? null,
    },
    maxLateness: rest.maxLateness ?? null,
    rotation: rest.rotation ?? ("fixed" as const),
    senderWeights: Object.fromEntries(weights),
    onSenderPaused: rest.onSenderPaused ?? ("wait" as const),
    allowParallel: rest.allowParallel ?? false,
    stopTags: rest.stopTags ?? [],
    stopCompany: rest.stopCompany ?? false,
    tracking: { opens: rest.tracking?.opens ?? false, clicks: rest.tracking?.clicks ?? false },
  };
}

type Wanted = Awaited<ReturnType<typeof readContent>>;

function differences(before: Campaign, wanted: Wanted): string[] {
  const rules = readRules(wanted);
  const same = (a: unknown, b: unknown) => JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
  const fields = ["name", "timeZone", "schedule", "limits", "rotation", "senderWeights", "onSenderPaused"] as const;
  const more = ["allowParallel", "stopTags", "stopCompany", "tracking"] as const;
  const changes: string[] = [...fields, ...more].filter((field) => !same(before[field], wanted[field]));
  if (!same(before.senderIds, wanted.senderIds)) changes.push("senders");
  if (before.maxLatenessSeconds !== (rules.maxLatenessSeconds ?? null)) changes.push("maxLateness");
  return [...changes, ...stepDifferences(before.steps, readSteps(wanted.steps, before.steps), same)];
}

function stepDifferences(
  before: readonly Step[],
  wanted: readonly Step[],
  same: (a: unknown, b: unknown) => boolean,
): string[] {
  const changed = wanted.filter((step) => {
    const was = before.find(({ id }) => id === step.id);
    return !was || !same(was, step);
  });
  const gone = before.filter(({ id }) => !wanted.some((step) => step.id === id));
  return [...changed, ...gone].map(({ key, position }) => `steps.${key ?? position}`);
}

const put = endpoint({
  method: "PUT",
  path: "/v1/campaigns/by-key/{key}",
  right: "campaigns.write",
  tags: ["Campaigns"],
  summary: "Apply a campaign",
  description:
    "Makes the campaign of this key what the body says, or creates it as a draft; what the body leaves out has its default. Steps " +
    "are told apart by their keys: one that stays keeps its leads, also while the campaign runs. Applying the same again changes " +
    "nothing. `herald campaigns apply FILE` does the same with a YAML or JSON file.",
  params: z.strictObject({ key: keyInput }),
  body: putBody,
  // Leads that wait are looked at outside of it.
  transaction: false,
  bodyLimit: 8 * 1024 * 1024,
  responses: {
    200: z.object({
      campaign: campaignSchema,
      created: z.boolean(),
      changes: z
        .array(z.string())
        .meta({ description: "What was changed: `name`, `steps.intro`, ... Empty: nothing." }),
    }),
  },
  example: {
    body: {
      name: "Founders in Berlin",
      timeZone: "Europe/Berlin",
      senders: ["Ada's account"],
      steps: [
        { key: "invite", channel: "linkedin", action: "connect" },
        { key: "accepted", action: "wait_for_acceptance", timeLimit: "14d", else: "stop" },
        { key: "thanks", channel: "linkedin", delay: "1d", text: "Thanks for connecting, {{ firstName }}!" },
      ],
    },
  },
  async subject({ tx, workspaceId, params }) {
    const id = await campaignIdOfKey(tx, workspaceId, params.key);
    const campaign = id === null ? null : await getCampaign(tx, workspaceId, id);
    return { view: campaign && campaignSchema.parse(campaignAnswer(campaign)), ...(id !== null && { target: id }) };
  },
  async execute({ api, workspaceId, params, body, recorded }) {
    const applied = await recorded.transaction((tx) => applyCampaign(tx, workspaceId, params.key, body));
    await replanApplied(api.db, workspaceId, applied);
    api.wakePlanner();
    const { created, changes } = applied;
    return { status: 200, body: { campaign: campaignAnswer(applied.campaign), created, changes } };
  },
});

export const campaignFileEndpoints: readonly Endpoint[] = [put];
