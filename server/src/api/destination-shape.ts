import { z } from "zod";
import type { Destination, DestinationChange } from "../db/destination.ts";
import { unknownCampaigns } from "../db/destination-filter.ts";
import { openHeaders, sealHeaders } from "../destinations/webhook/custom-headers.ts";
import { checkCustomHeaders, customHeaderLimits } from "../domain/custom-headers.ts";
import type { ErrorDetail } from "../domain/error.ts";
import { channels, eventTypes, leadStatuses } from "../domain/event.ts";
import { typesLike } from "../domain/event-pattern.ts";
import type { Format } from "../domain/format.ts";
import { type Evaluator, mostSourceChars } from "../expressions/evaluator.ts";
import type { EndpointContext } from "./endpoint.ts";
import { name } from "./fields.ts";
import { invalid } from "./validate.ts";

/** What a destination takes, and how it looks there: the fields of requests, and their checks. */

export const eventTypesInput = z
  .array(z.string().max(100))
  .min(1)
  .max(100)
  .meta({
    description:
      "Only these events; `message.*` stands for all that begin so, those of later versions too, and `*` for all. Left out: everything that the format can say, but for `lead.created` of leads from files, which has to be named.",
    examples: [["message.*", "lead.updated"]],
  });

const expression = z.string().trim().min(1).max(mostSourceChars);

export const filterInput = expression.nullish().meta({
  description:
    "A JSONata expression over the event as `GET /v1/events/{id}` shows it in the format `herald`: only events for which it is true (as `$boolean` says) are sent. One that is held back is a delivery with the status `filtered`. Where it fails, the attempt has failed and is made again. null: no condition.",
  examples: ['data.isFollowUp = false and $contains(data.content.text, "demo")'],
});

export const transformInput = expression.nullish().meta({
  description:
    "A JSONata expression over the body in the destination's format, whose result becomes the body (JSON, at most 262,144 characters; signed as it is sent). null or nothing as the result: the event is not sent, and its delivery has the status `filtered`. An evaluation has 500 ms and 64 MiB; where it fails, the attempt has failed and is made again. null: the body as it is.",
  examples: ['{ "text": data.content.text, "lead": data.leadId }'],
});

export const thinInput = z.boolean().nullish().meta({
  description:
    "Only IDs in the body's `data`: no text, no address. The receiver fetches the rest by `GET /v1/events/{id}`. Only in the format `herald`, and without `transform`.",
});

export const shapeFields = {
  channels: z.array(z.enum(channels)).min(1).max(channels.length).nullish().meta({
    description:
      "Only events of these channels. Events that have none (campaigns, statuses of leads) are then left out. null: of all.",
  }),
  campaigns: z.array(z.string().min(1).max(100)).min(1).max(200).nullish().meta({
    description: "Only events of these campaigns, by ID. Events of no campaign are then left out. null: of all.",
  }),
  tags: z.array(name(100)).min(1).max(50).nullish().meta({
    description:
      "Only events of leads that have one of these tags when the event happens (in a replay: when it is queued). Events of no lead are then left out. null: of all.",
  }),
  statuses: z.array(z.enum(leadStatuses)).min(1).max(leadStatuses.length).nullish().meta({
    description:
      "Only events of leads that have one of these statuses after the event: a reply is one of REPLY_RECEIVED, unless the lead was further along, and a change of status one of what it changes to (in a replay: by the lead's status when it is queued). Events of no lead are then left out. null: of all.",
  }),
  filter: filterInput,
  transform: transformInput,
  thin: thinInput,
  headers: z
    .record(z.string().max(500), z.string().max(10_000))
    .nullish()
    .meta({
      description: `Headers of one's own, at most ${customHeaderLimits.count}; given, they replace all that there were. Not: those of the connection, of the body and of the signatures. Values are stored sealed and never shown again. null: none.`,
      examples: [{ "x-tenant": "acme" }],
    }),
};

/** As `shapeFields`, for changes: values of headers that are there may stay as they are. */
export const shapeChangeFields = {
  ...shapeFields,
  headers: z
    .record(z.string().max(500), z.string().max(10_000).nullable())
    .nullish()
    .meta({
      description: `As when it was created: they replace all that there were. null as a value: the one that is stored under this name stays. null: none.`,
      examples: [{ "x-tenant": "acme", "x-token": null }],
    }),
};

type ShapeInput = z.output<z.ZodObject<typeof shapeChangeFields>>;

/** Each type and pattern once, in the given order; throws where the catalogue, the format or the kind (`sayable`) has none such. */
export function checkedTypes(
  format: Format,
  types: readonly string[] | null | undefined,
  sayable?: readonly string[],
): string[] | null | undefined {
  if (!types) return types;
  const problems = types.flatMap((type, index): ErrorDetail[] => {
    const field = `eventTypes.${index}`;
    const meant = typesLike(type);
    if (meant.length === 0) {
      const there = `there are: ${eventTypes.join(", ")}; and patterns such as message.*`;
      return [{ field, reason: `There is no event ${JSON.stringify(type)}; ${there}.` }];
    }
    if (sayable && !meant.some((each) => sayable.includes(each)))
      return [{ field, reason: `A CRM isn't told of ${type}. It is told of: ${sayable.join(", ")}.` }];
    if (meant.some((each) => format.eventTypes.includes(each))) return [];
    return [{ field, reason: `The format ${format.name} can't say ${type}. What it can't say: ${format.limits}` }];
  });
  if (problems.length > 0) throw invalid(problems);
  return [...new Set(types)];
}

/** What is wrong with the expressions, at which line and column. */
export async function expressionProblems(
  evaluator: Evaluator,
  texts: { filter?: string | null | undefined; transform?: string | null | undefined },
): Promise<ErrorDetail[]> {
  const problems: ErrorDetail[] = [];
  for (const field of ["filter", "transform"] as const) {
    const source = texts[field];
    const problem = source ? await evaluator.check(source) : null;
    if (!problem) continue;
    const place = `line ${problem.line}, column ${problem.column}`;
    problems.push({ field, reason: `This is not a JSONata expression: ${problem.message} (${place}).` });
  }
  return problems;
}

/** Why payloads can't be thin; null: they can. */
export function thinProblem(format: Format, transform: string | null): string | null {
  if (!format.thin) return `Payloads in the format ${format.name} can't be thin. ${format.thinReason ?? ""}`.trim();
  if (transform !== null) return "With `transform`, which says by itself what is in the body, there is no `thin`.";
  return null;
}

/**
 * Throws invalid_request where `auth` and a custom header of that name would both say `Authorization`: one of them would be
 * lost without a word. Only what a request changes is judged, together with what is there.
 */
export function refuseTwoAuthorizations(
  body: { auth?: unknown; headers?: Readonly<Record<string, string | null>> | null | undefined },
  before: Pick<Destination, "auth" | "headerNames"> | null,
): void {
  if (body.auth === undefined && body.headers === undefined) return;
  const credentials = body.auth === undefined ? before?.auth : body.auth;
  const names = body.headers === undefined ? before?.headerNames : Object.keys(body.headers ?? {});
  const given = names?.find((name) => name.toLowerCase() === "authorization");
  if (!credentials || given === undefined) return;
  const reason = "`auth` sets this header: give credentials in one of the two places, and null in the other.";
  throw invalid([{ field: body.headers ? `headers.${given}` : "auth", reason }]);
}

/** The given fields as they are stored; null: none was given. Throws invalid_request with everything that is wrong. */
export async function checkedShape(
  { api, tx, workspaceId }: Pick<EndpointContext, "api" | "tx" | "workspaceId">,
  id: string,
  format: Format,
  body: ShapeInput,
  before: Destination | null,
): Promise<DestinationChange | null> {
  const keys = Object.keys(shapeFields) as (keyof ShapeInput)[];
  if (keys.every((key) => body[key] === undefined)) return null;
  const problems = await expressionProblems(api.expressions, body);
  const transform = body.transform === undefined ? (before?.transform ?? null) : body.transform;
  const thin = body.thin === undefined ? (before?.thin ?? false) : (body.thin ?? false);
  const hindrance = thin ? thinProblem(format, transform) : null;
  // Named where it was caused.
  if (hindrance) problems.push({ field: body.thin ? "thin" : "transform", reason: hindrance });
  const unknown = new Set(body.campaigns ? await unknownCampaigns(tx, workspaceId, body.campaigns) : []);
  for (const [index, campaign] of (body.campaigns ?? []).entries()) {
    if (!unknown.has(campaign)) continue;
    problems.push({ field: `campaigns.${index}`, reason: `There is no campaign ${campaign} in this workspace.` });
  }
  const given = body.headers && keptHeaders(api, `${workspaceId}/${id}`, body.headers, before, problems);
  const headers = given && Object.keys(given).length > 0 ? checkCustomHeaders(given) : null;
  if (headers) problems.push(...headers.problems);
  if (problems.length > 0) throw invalid(problems);
  return {
    ...{ channels: once(body.channels), campaigns: once(body.campaigns), tags: once(body.tags) },
    statuses: once(body.statuses),
    ...{ filter: body.filter, transform: body.transform, thin: body.thin === undefined ? undefined : thin },
    ...(body.headers === undefined ? {} : { headers: null, headerNames: null }),
    ...(headers?.headers
      ? {
          headers: sealHeaders(api.box, `${workspaceId}/${id}`, headers.headers),
          headerNames: Object.keys(headers.headers),
        }
      : {}),
  };
}

/** The headers with the values that stay as they are. Notes where there is none. */
function keptHeaders(
  api: EndpointContext["api"],
  owner: string,
  given: Readonly<Record<string, string | null>>,
  before: Destination | null,
  problems: ErrorDetail[],
): Record<string, string> {
  if (Object.values(given).every((value) => value !== null)) return given as Record<string, string>;
  const stored = before?.headers ? openHeaders(api.box, owner, before.headers) : {};
  const known = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const kept = value ?? known.get(name.toLowerCase());
    if (kept === undefined)
      problems.push({ field: `headers.${name}`, reason: "There is no value of it that could stay." });
    else headers[name] = kept;
  }
  return headers;
}

const once = (values: readonly string[] | null | undefined) => values && [...new Set(values)];
