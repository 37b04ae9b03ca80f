import { z } from "zod";
import { modelKeyOwner } from "../assistant/models.ts";
import {
  deleteModelSettings,
  getModelSettings,
  type ModelSettings,
  modelProviders,
  storeModelSettings,
} from "../db/assistant-model.ts";
import { listProfileUsage, listUsage } from "../db/assistant-usage.ts";
import { getProfile } from "../db/profile.ts";
import { checkDestinationUrl } from "../destinations/webhook/url-check.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, time } from "./fields.ts";
import { ifAnyQuery, noneOf } from "./if-any.ts";
import { invalid } from "./validate.ts";

const money = (description: string) => z.number().min(0).max(1_000_000).meta({ description });

const fields = {
  provider: z.enum(modelProviders).meta({
    description:
      "`openai_compatible`: any that has OpenAI's `/chat/completions`: OpenAI, Azure, Mistral, Ollama, vLLM.",
  }),
  baseUrl: z
    .string()
    .max(2_000)
    .meta({ description: "Up to `/chat/completions` (or `/messages`): `https://api.openai.com/v1`." }),
  model: z.string().trim().min(1).max(200),
};
const limits = {
  deadlineMs: z
    .number()
    .int()
    .min(1_000)
    .max(120_000)
    .default(30_000)
    .meta({ description: "For all calls of a turn together." }),
  maxOutputTokens: z.number().int().min(50).max(16_000).default(1_000),
  inputPrice: money("For a million tokens that the model is given.").default(0),
  outputPrice: money("For a million tokens that it writes.").default(0),
  tokensPerDay: z.number().int().min(1).max(1e12).nullable().default(null).meta({ description: "Null: no limit." }),
  moneyPerDay: z.number().positive().max(1_000_000).nullable().default(null).meta({
    description: "In the currency of the prices, by the workspace's day. Null: no limit.",
  }),
};

const shownSchema = z.object({
  ...{ provider: z.enum(modelProviders), baseUrl: z.string(), model: z.string() },
  hasApiKey: z.boolean(),
  ...{
    deadlineMs: z.number().int(),
    maxOutputTokens: z.number().int(),
    inputPrice: z.number(),
    outputPrice: z.number(),
  },
  ...{ tokensPerDay: z.number().nullable(), moneyPerDay: z.number().nullable(), updatedAt: time },
});

function shown({ apiKey, microsPerDay, ...settings }: ModelSettings): z.input<typeof shownSchema> {
  return { ...settings, hasApiKey: apiKey !== null, moneyPerDay: microsPerDay === null ? null : microsPerDay / 1e6 };
}

const usageFields = {
  calls: z.number().int(),
  failures: z.number().int(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costMicros: z.number().meta({ description: "Millionths of the currency of the model's prices." }),
  latencyMs: z.number().meta({ description: "Of all calls together." }),
};

function noModel(): HeraldError {
  return new HeraldError("not_found", "No model is configured in this workspace.");
}

export const assistantModelEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/assistant/model",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Get the model",
    description:
      "What the assistant writes with. 404: none is configured; then templates go out, and replies are tasks.",
    query: ifAnyQuery,
    responses: { 200: shownSchema, 204: z.void() },
    async execute({ tx, workspaceId, query }) {
      const settings = await getModelSettings(tx, workspaceId);
      if (!settings) return noneOf(query, noModel());
      return { status: 200, body: shown(settings) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/v1/assistant/model",
    right: "assistant.configure",
    tags: ["Assistant"],
    summary: "Set the model",
    description:
      "Its key is stored sealed and never shown. A model that is down, slow, over its budget or answers nonsense sends nothing: the turn becomes a task for a person.",
    body: z.strictObject({
      ...fields,
      apiKey: z
        .string()
        .trim()
        .min(1)
        .max(2_000)
        .regex(/^[\x20-\x7e]*$/, "A key is one line of ASCII characters: something else was pasted with it.")
        .nullable()
        .optional()
        .meta({
          description: "Null: it needs none. Left out: the one that is stored stays, if the address does.",
        }),
      ...limits,
    }),
    responses: { 200: shownSchema },
    async execute({ api, tx, workspaceId, body }) {
      const { apiKey, moneyPerDay, baseUrl, ...settings } = body;
      const rules = { allowPrivate: api.config.allowPrivateDestinations, credentials: true };
      const checked = checkDestinationUrl(baseUrl, rules);
      if (!checked.ok) throw invalid([{ field: "baseUrl", reason: checked.reason }]);
      const url = checked.url.replace(/\/$/, "");
      const before = await getModelSettings(tx, workspaceId);
      // A key never goes where it was not given for.
      const kept = before?.baseUrl === url ? before.apiKey : null;
      if (apiKey === undefined && before?.apiKey && kept === null) {
        throw invalid([{ field: "apiKey", reason: "The address is another one: give its key, or null." }]);
      }
      const sealed = apiKey == null ? null : api.box.seal(apiKey, modelKeyOwner(workspaceId));
      if (settings.provider === "anthropic" && sealed === null && kept === null) {
        throw invalid([{ field: "apiKey", reason: "Anthropic needs a key." }]);
      }
      await storeModelSettings(tx, workspaceId, {
        ...{ ...settings, baseUrl: url, apiKey: apiKey === undefined ? kept : sealed },
        microsPerDay: moneyPerDay === null ? null : Math.round(moneyPerDay * 1e6),
      });
      return { status: 200, body: shown((await getModelSettings(tx, workspaceId))!) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/assistant/model",
    right: "assistant.configure",
    tags: ["Assistant"],
    summary: "Remove the model",
    description: "From now on templates go out, and replies are tasks for people.",
    responses: { 204: z.void() },
    async execute({ tx, workspaceId }) {
      if (!(await deleteModelSettings(tx, workspaceId))) throw noModel();
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/assistant/model/verify",
    right: "assistant.configure",
    tags: ["Assistant"],
    summary: "Verify the model",
    description: "Asks it for one word, to see whether address, key and model are right.",
    transaction: false,
    audit: false,
    responses: { 200: z.object({ ok: z.boolean(), detail: z.string() }) },
    async execute({ api, workspaceId, request }) {
      const settings = await getModelSettings(api.db, workspaceId);
      if (!settings) throw noModel();
      const signal = AbortSignal.any([AbortSignal.timeout(settings.deadlineMs), request.signal()]);
      return { status: 200, body: await api.models.open(workspaceId, settings).verify(signal) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/assistant/usage",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "What the model cost",
    description:
      "By the workspace's days, the latest first; days without a call are left out. All profiles together, trying out and evaluating among them; or one of them.",
    query: z.strictObject({ days: limit(366, 30), profileId: z.string().max(200).optional() }),
    responses: {
      200: z.object({
        data: z.array(
          z.object({
            day: z.string().meta({ description: "`2026-01-05`." }),
            ...usageFields,
          }),
        ),
      }),
    },
    async execute({ tx, workspaceId, query }) {
      const { days, profileId } = query;
      if (profileId !== undefined && !(await getProfile(tx, workspaceId, profileId)))
        throw notFound("profile", profileId);
      return { status: 200, body: { data: await listUsage(tx, workspaceId, days, profileId) } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/assistant/usage/profiles",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "What each profile cost",
    description:
      "In so many days of the workspace's clock, today among them; the dearest first. A profile's turns, answers that were thrown away among them, and what trying it out and evaluating it cost.",
    query: z.strictObject({ days: limit(366, 30) }),
    responses: {
      200: z.object({
        data: z.array(
          z.object({
            profileId: z.string(),
            profileName: z.string().nullable().meta({ description: "Null: it was deleted." }),
            ...usageFields,
          }),
        ),
      }),
    },
    async execute({ tx, workspaceId, query }) {
      return { status: 200, body: { data: await listProfileUsage(tx, workspaceId, query.days) } };
    },
  }),
];
