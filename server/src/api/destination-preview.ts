import { z } from "zod";
import { getDestination } from "../db/destination.ts";
import { type FilterVerdict, judgeFilters } from "../db/destination-filter.ts";
import { getLead } from "../db/lead.ts";
import { namesOf } from "../db/notification.ts";
import type { Queryable } from "../db/pool.ts";
import { shape, shapingOf } from "../destinations/webhook/shaping.ts";
import { storedEvent } from "../destinations/webhook/stored-event.ts";
import { type DestinationKind, destinationKinds } from "../domain/destination-kind.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type FormatName, formatNames } from "../domain/format.ts";
import { herald } from "../domain/formats/herald.ts";
import { formatOf } from "../domain/formats.ts";
import { type ChosenEvent, chosenEvent, chosenEventFields, chosenOnce, chosenOnceError } from "./chosen-event.ts";
import type { ApiContext } from "./context.ts";
import { checkedTypes, eventTypesInput, expressionProblems, shapeFields, thinProblem } from "./destination-shape.ts";
import { configInput, refuseForeignFields, systemOf } from "./destination-system.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";
import { invalid, parsePart } from "./validate.ts";

const { headers: _headers, ...previewed } = shapeFields;
const fields = { ...chosenEventFields, eventTypes: eventTypesInput.nullish(), config: configInput, ...previewed };

/** What decides how an event looks at a destination. */
interface Settings {
  kind: DestinationKind;
  /** Of a system: as its adapter takes it. */
  config: object | null;
  format: FormatName;
  eventTypes: readonly string[] | null;
  channels: readonly string[] | null;
  campaigns: readonly string[] | null;
  tags: readonly string[] | null;
  statuses: readonly string[] | null;
  filter: string | null;
  transform: string | null;
  thin: boolean;
}

const noSettings: Settings = {
  ...{ kind: "webhook", config: null },
  ...{ format: "herald", eventTypes: null, channels: null, campaigns: null, tags: null },
  ...{ statuses: null, filter: null, transform: null, thin: false },
};

const verdict = z.boolean().nullable();
const previewSchema = z.object({
  outcome: z.enum(["sent", "filtered", "failed"]).meta({ description: "What would become of it." }),
  event: z.record(z.string(), z.unknown()).meta({ description: "The event, as `filter` sees it." }),
  input: z.record(z.string(), z.unknown()).meta({ description: "The body in the format, as `transform` sees it." }),
  body: z.unknown().meta({
    description:
      "What would be sent, if the filters let it through. Of a CRM: the object and its fields there, but for whose it is. Of a chat or an email: the message where the event comes by itself. Null: nothing.",
  }),
  look: z
    .object({
      icon: z.string(),
      title: z.string(),
      quote: z.string().nullable().meta({ description: "What a lead wrote, or a reason." }),
      facts: z.array(z.string()),
      link: z.string().nullable(),
    })
    .nullable()
    .meta({ description: "Of a chat or an email: what people see of it, in plain texts." }),
  reason: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .meta({ description: "Of a CRM: why it would not be logged." }),
  filters: z
    .object({
      eventTypes: verdict,
      channels: verdict,
      campaigns: verdict,
      tags: verdict,
      statuses: verdict,
      filter: verdict,
    })
    .meta({ description: "Whether each filter lets it through, now. Null: not set, or it failed." }),
  errors: z
    .array(z.object({ field: z.enum(["filter", "transform"]), code: z.string(), detail: z.string() }))
    .meta({ description: "What failed at this event." }),
});

/** How each filter that is set judges the event, but for the expression. */
async function verdictOf(db: Queryable, workspaceId: string, { about }: ChosenEvent, settings: Settings) {
  const judged = await judgeFilters(db, workspaceId, about, settings);
  const set = (key: keyof FilterVerdict) => (settings[key] === null && judged[key] ? null : judged[key]);
  return {
    eventTypes: set("eventTypes"),
    channels: set("channels"),
    campaigns: set("campaigns"),
    tags: set("tags"),
    statuses: set("statuses"),
  };
}

/** What a system would be told, and why it wouldn't be. */
async function told(api: ApiContext, workspaceId: string, settings: Settings, { event, about }: ChosenEvent) {
  const adapter = systemOf(api, settings.kind);
  if (!adapter.preview)
    throw new HeraldError(
      "invalid_state",
      `What ${settings.kind} shows depends on names that are looked up then: try it with POST /v1/destinations/{id}/test.`,
    );
  const config = parsePart(adapter.config, settings.config ?? {}, "config");
  const problem = adapter.check?.(config, {});
  if (problem) throw invalid([problem]);
  const lead = about.leadId ? await getLead(api.db, workspaceId, about.leadId) : null;
  const stored = storedEvent(event);
  const names = await namesOf(api.db, workspaceId, adapter.named?.(stored) ?? []);
  const result = adapter.preview(config, stored, lead, names);
  if (result.outcome === "sent") return { body: result.body, look: result.look ?? null, reason: null, failed: false };
  const { code, detail, outcome } = result;
  return { body: null, look: null, reason: { code, detail }, failed: outcome === "failed" };
}

async function preview(api: ApiContext, workspaceId: string, settings: Settings, chosen: ChosenEvent) {
  const { db, expressions } = api;
  const { filter, transform, thin } = settings;
  const format = formatOf(settings.format);
  const event = storedEvent(chosen.event);
  const input = ((thin && format.thin) || format.body)(event);
  const errors: { field: "filter" | "transform"; code: string; detail: string }[] = [];
  const shaped = async (texts: Parameters<typeof shapingOf>[0]) => {
    const shaping = shapingOf(texts);
    const result = shaping && (await shape(expressions, shaping, event, input));
    if (result?.kind === "failed") errors.push({ field: result.by, code: result.code, detail: result.detail });
    return result;
  };
  const filtered = await shaped({ filter, transform: null });
  const system = settings.kind === "webhook" ? null : await told(api, workspaceId, settings, chosen);
  const made = system ? null : await shaped({ filter: null, transform });
  const filters = {
    ...(await verdictOf(db, workspaceId, chosen, settings)),
    filter: filtered === null || filtered.kind === "failed" ? null : filtered.kind === "body",
  };
  const body = made === null ? input : made.kind === "body" ? made.body : null;
  const held = Object.values(filters).includes(false);
  const failed = filtered?.kind === "failed" || made?.kind === "failed" || system?.failed === true;
  return {
    outcome: held ? "filtered" : failed ? "failed" : (system ? system.body : body) === null ? "filtered" : "sent",
    event: JSON.parse(herald.body(event)) as Record<string, unknown>,
    input: JSON.parse(input) as Record<string, unknown>,
    body: system ? system.body : body === null ? null : (JSON.parse(body) as unknown),
    look: system?.look ?? null,
    reason: system?.reason ?? null,
    filters,
    errors,
  } as const;
}

type Given = z.output<z.ZodObject<typeof fields>>;

/** The settings with what is given in place of some; throws where these can't be. */
async function settingsOf(api: ApiContext, base: Settings, body: Given): Promise<Settings> {
  const { expressions } = api;
  if (base.kind === "webhook") {
    if (body.config !== undefined) throw invalid([{ field: "config", reason: "A webhook has no such setting." }]);
  } else {
    const { transform, thin } = body;
    refuseForeignFields(base.kind, { transform, thin });
  }
  const given = Object.entries(body).filter(([key, value]) => key in noSettings && value !== undefined);
  const settings = { ...base, ...Object.fromEntries(given) } as Settings;
  settings.thin = Boolean(settings.thin);
  checkedTypes(formatOf(settings.format), body.eventTypes);
  const problems = await expressionProblems(expressions, body);
  const hindrance = settings.thin ? thinProblem(formatOf(settings.format), settings.transform) : null;
  if (hindrance) problems.push({ field: "thin", reason: hindrance });
  if (problems.length > 0) throw invalid(problems);
  return settings;
}

const description =
  "Nothing is sent and nothing is stored. Expressions that can't be read are refused, with line and column; what fails at this event is in `errors`.";
const example = {
  body: { type: "message.sent" as const, transform: '{ "text": data.content.text }' },
  response: {
    outcome: "sent",
    event: { eventId: "evt_1767605400000_testx0q2a", eventType: "message.sent" },
    input: { eventId: "evt_1767605400000_testx0q2a", eventType: "message.sent" },
    body: { text: "This is a sample message from Herald." },
    look: null,
    reason: null,
    filters: { eventTypes: null, channels: null, campaigns: null, tags: null, statuses: null, filter: null },
    errors: [],
  },
};

export const destinationPreviewEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/destinations/preview",
    audit: false,
    right: "destinations.read",
    tags: ["Destinations"],
    summary: "Preview filters and a transform",
    description: `What a sample, or an event of the log, would become at a destination with these settings. ${description}`,
    transaction: false,
    body: z
      .strictObject({
        kind: z
          .enum(destinationKinds)
          .default("webhook")
          .meta({ description: "A CRM: what would be logged there. A chat or an email: the message." }),
        format: z.enum(formatNames).default("herald"),
        ...fields,
      })
      .refine(chosenOnce, chosenOnceError),
    responses: { 200: previewSchema },
    example,
    async execute({ api, workspaceId, body }) {
      const system = body.kind === "webhook" ? {} : { eventTypes: systemOf(api, body.kind).eventTypes };
      const settings = await settingsOf(api, { ...noSettings, ...system, kind: body.kind, format: body.format }, body);
      const chosen = await chosenEvent(api.db, workspaceId, formatOf(body.format), body);
      return { status: 200, body: await preview(api, workspaceId, settings, chosen) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/preview",
    audit: false,
    right: "destinations.read",
    tags: ["Destinations"],
    summary: "Preview an event at a destination",
    description: `What a sample, or an event of the log, would become at this destination; which of its filters hold an event back, and so why it did not arrive. Settings that are given stand in for the destination's own. ${description}`,
    transaction: false,
    params: idParams,
    body: z.strictObject(fields).refine(chosenOnce, chosenOnceError).default({}),
    responses: { 200: previewSchema },
    example,
    async execute({ api, workspaceId, params, body }) {
      const destination = await getDestination(api.db, workspaceId, params.id);
      if (!destination) throw notFound("destination", params.id);
      const settings = await settingsOf(api, destination, body);
      const chosen = await chosenEvent(api.db, workspaceId, formatOf(destination.format), body);
      return { status: 200, body: await preview(api, workspaceId, settings, chosen) };
    },
  }),
];
