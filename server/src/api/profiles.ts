import { z } from "zod";
import { changeProfile, createProfile, removeProfile } from "../assistant/profiles.ts";
import { toldSecrets } from "../assistant/told-secrets.ts";
import { tryOut } from "../assistant/try-out.ts";
import { canonical } from "../db/campaign.ts";
import type { Queryable } from "../db/pool.ts";
import { getProfile, listProfiles, listProfileVersions, lockProfile, type Profile } from "../db/profile.ts";
import { replanWaiting } from "../db/replan.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { assistantModes, type ProfileContent, profileContentSchema } from "../domain/profile.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { invalid, parsePart } from "./validate.ts";

export const modeInput = z.enum(assistantModes).meta({
  description:
    "draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing.",
});

/** As answers show a content: every field is there. */
const contentSchema = z.looseObject({}).meta({
  description: "What the profile says: the fields of `POST /v1/profiles`, each of them.",
});

const profileSchema = z.object({
  id: z.string(),
  name: z.string().meta({ description: "Leads name it in `profile`, and events too. It never changes." }),
  mode: modeInput,
  version: z.number().int().meta({ description: "Grows with each change of `content`; messages name it." }),
  campaignId: z.string().nullable().meta({ description: "The campaign of its follow-ups. Null: it has none." }),
  content: contentSchema,
  warnings: z.array(z.object({ field: z.string(), reason: z.string() })).meta({
    description:
      "Sentences that tell the model something which nobody may hear, as far as patterns for English, German, French and Spanish find them. They refuse nothing.",
  }),
  createdAt: time,
  updatedAt: time,
});

const shown = (profile: Profile) => ({
  ...profile,
  content: profile.content as Record<string, unknown>,
  warnings: toldSecrets(profile.content),
});

/** Each field by itself: what isn't given stays as it is. A default would take its place. */
const changes = z.strictObject(
  Object.fromEntries(
    Object.entries(profileContentSchema.shape).map(([field, schema]) => {
      const bare = schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
      return [field, bare.meta({ description: z.globalRegistry.get(schema)?.description }).optional()];
    }),
  ),
);

async function existing(context: { tx: Parameters<typeof getProfile>[0]; workspaceId: string }, id: string) {
  const profile = await getProfile(context.tx, context.workspaceId, id);
  if (!profile) throw notFound("profile", id);
  return profile;
}

/**
 * Refuses a change of fields that others have changed since the version that it was made to, to something else.
 *
 * @throws invalid: there is no such version; conflict
 */
async function refuseOvertaken(
  tx: Queryable,
  workspaceId: string,
  now: Profile,
  changes: Readonly<Record<string, unknown>>,
  seenVersion: number,
): Promise<void> {
  const [seen] = await listProfileVersions(tx, workspaceId, now.id, { before: seenVersion + 1, limit: 1 });
  if (seen?.version !== seenVersion) {
    throw invalid([
      { field: "ifVersion", reason: `The profile has no version ${seenVersion}; it is at ${now.version}.` },
    ]);
  }
  const text = (content: object, field: string) =>
    JSON.stringify(canonical((content as Record<string, unknown>)[field] ?? null));
  const overtaken = Object.keys(changes).filter(
    (field) =>
      text(now.content, field) !== text(seen.content, field) && text(now.content, field) !== text(changes, field),
  );
  if (overtaken.length === 0) return;
  throw new HeraldError(
    "conflict",
    `Version ${now.version} changed ${overtaken.join(", ")}, too, and this was made to version ${seenVersion}. Get the profile again, and make the change to that.`,
    overtaken.map((field) => ({
      field: `content.${field}`,
      reason: `Somebody has changed this since version ${seenVersion}.`,
    })),
  );
}

const byName = z.tuple([z.string().max(200)]).transform(([after]) => after);
const byVersion = z.tuple([z.number().int().min(1)]).transform(([before]) => before);

export const profileEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/profiles",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "List profiles",
    description: "By name.",
    query: z.strictObject({ cursor: placeCursor(byName).optional(), limit: limit() }),
    responses: { 200: page(profileSchema) },
    async execute({ tx, workspaceId, query }) {
      const rows = await listProfiles(tx, workspaceId, { after: query.cursor ?? null, limit: query.limit + 1 });
      return { status: 200, body: pageOf(rows.map(shown), query.limit, (last) => encodePlace([last.name])) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/profiles",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Create a profile",
    description:
      "What the assistant is told about a kind of lead. It concerns the leads whose `profile` is its name, those that have it already among them; a new one writes drafts only.",
    body: z.strictObject({ name: name(200), mode: modeInput.default("draft"), content: profileContentSchema }),
    responses: { 201: profileSchema },
    async execute({ tx, workspaceId, callerId, body }) {
      return { status: 201, body: shown(await createProfile(tx, workspaceId, { ...body, by: callerId })) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/profiles/{id}",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Get a profile",
    params: idParams,
    responses: { 200: profileSchema },
    async execute({ params, ...context }) {
      return { status: 200, body: shown(await existing(context, params.id)) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/profiles/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Change a profile",
    description:
      "Fields of `content` that aren't given stay as they are. A change of content is a new version, which counts from now on: for answers that are not written yet, and for leads that wait for a follow-up.",
    params: idParams,
    body: z.strictObject({
      ifVersion: z
        .number()
        .int()
        .min(1)
        .optional()
        .meta({
          description:
            "The `version` that the change was made to: where somebody has changed the same fields since, this is refused with 409 in " +
            "place of overwriting that. Without it the last one wins.",
        }),
      mode: modeInput.optional(),
      content: changes.optional(),
    }),
    // Leads that wait are looked at outside of it.
    transaction: false,
    responses: { 200: profileSchema },
    async execute({ api, workspaceId, callerId, params, body, recorded }) {
      const profile = await recorded.transaction(async (tx) => {
        // Locked, so that the fields which aren't given are those that the new version replaces.
        const before = await lockProfile(tx, workspaceId, params.id);
        if (!before) throw notFound("profile", params.id);
        if (body.content && body.ifVersion !== undefined)
          await refuseOvertaken(tx, workspaceId, before, body.content, body.ifVersion);
        // Of fields that belong together, too.
        const content: ProfileContent | undefined =
          body.content && parsePart(profileContentSchema, { ...before.content, ...body.content }, "content");
        return await changeProfile(tx, workspaceId, params.id, { mode: body.mode, content, by: callerId });
      });
      // Who waits by the hours from before.
      if (body.content?.schedule !== undefined && profile.campaignId !== null)
        await replanWaiting(api.db, workspaceId, profile.campaignId);
      api.wakePlanner();
      return { status: 200, body: shown(profile) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/profiles/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Delete a profile",
    description: "With its versions and its knowledge. Refused (409) while leads have it.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      await removeProfile(tx, workspaceId, params.id);
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/profiles/{id}/versions",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "List the versions of a profile",
    description: "The latest first. Nothing changes a version: a message that names it was written with exactly that.",
    params: idParams,
    query: z.strictObject({ cursor: placeCursor(byVersion).optional(), limit: limit() }),
    responses: {
      200: page(
        z.object({
          version: z.number().int(),
          content: contentSchema,
          createdAt: time,
          createdBy: z.string().meta({ description: "Who wrote it: a key's ID or a person's." }),
        }),
      ),
    },
    async execute({ tx, workspaceId, params, query }) {
      await existing({ tx, workspaceId }, params.id);
      const filter = { before: query.cursor ?? null, limit: query.limit + 1 };
      const rows = await listProfileVersions(tx, workspaceId, params.id, filter);
      const versions = rows.map((row) => ({ ...row, content: row.content as Record<string, unknown> }));
      return { status: 200, body: pageOf(versions, query.limit, (last) => encodePlace([last.version])) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/profiles/{id}/try",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Try a profile out",
    description:
      "What the assistant would answer, with what its checks find. Nobody gets it, and no lead is touched; it costs what an answer costs. `content` tries what is not saved yet.",
    params: idParams,
    transaction: false,
    audit: "brief",
    body: z.strictObject({
      messages: z
        .array(z.strictObject({ from: z.enum(["lead", "us"]), text: z.string().min(1).max(10_000) }))
        .max(50)
        .default([])
        .meta({ description: "The conversation so far. Empty: the assistant begins." }),
      channel: z.enum(channels).default("sms"),
      lead: z
        .strictObject({
          firstName: z.string().max(200).nullable().default(null),
          lastName: z.string().max(200).nullable().default(null),
          company: z.string().max(200).nullable().default(null),
        })
        .default({ firstName: null, lastName: null, company: null }),
      content: changes.optional(),
    }),
    responses: {
      200: z.object({
        text: z.string().nullable().meta({ description: "Null: it would say nothing, or could not." }),
        subject: z.string().nullable(),
        problems: z.array(z.object({ code: z.string(), detail: z.string() })).meta({
          description: "Why it would be held back, for a person to look at. Empty: it could go out.",
        }),
        failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
        handOver: z.string().nullable(),
        stop: z.string().nullable().meta({ description: "The lead would not be contacted any more, for these words." }),
        booked: z.boolean(),
        conditions: z.array(z.object({ id: z.string(), met: z.boolean(), reason: z.string() })),
        searches: z.array(z.string()),
        cost: z.object({
          micros: z.number().meta({ description: "Millionths of the currency of the model's prices." }),
          inputTokens: z.number().int(),
          outputTokens: z.number().int(),
          latencyMs: z.number().int(),
        }),
      }),
    },
    async execute({ api, workspaceId, params, body, request }) {
      const profile = await existing({ tx: api.db, workspaceId }, params.id);
      const content = parsePart(profileContentSchema, { ...profile.content, ...body.content }, "content");
      const { channel, messages, lead } = body;
      const tried = { content, channel, messages, lead, signal: request.signal() };
      const thought = await tryOut(api.db, api.models, workspaceId, profile, tried);
      const { usage, costMicros, latencyMs } = thought.spent;
      const answer = thought.ok ? thought.answer : null;
      return {
        status: 200,
        body: {
          ...{ text: answer?.message?.text ?? null, subject: answer?.message?.subject ?? null },
          ...{ problems: thought.ok ? thought.problems : [], searches: thought.ok ? thought.searches : [] },
          failure: thought.ok ? null : { code: thought.code, detail: thought.detail },
          ...{ handOver: answer?.handOver ?? null, stop: answer?.stop ?? null, booked: answer?.booked ?? false },
          conditions: answer?.conditions ?? [],
          cost: {
            ...{ micros: costMicros, inputTokens: usage.input, outputTokens: usage.output },
            latencyMs: Math.round(latencyMs),
          },
        },
      };
    },
  }),
];
