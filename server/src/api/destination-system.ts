import { z } from "zod";
import type { Destination, DestinationChange, NewDestination } from "../db/destination.ts";
import { getDestination, updateDestination } from "../db/destination.ts";
import type { Queryable } from "../db/pool.ts";
import { getWorkspace } from "../db/workspace.ts";
import type { SystemAccount, SystemAdapter } from "../destinations/system.ts";
import { systemDeadlineMs } from "../destinations/system-delivery.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { invalid, parsePart } from "./validate.ts";

/** Destinations that are no webhooks: their settings are their adapters' own. */

const settings = z.record(z.string(), z.unknown());

export const configInput = settings.optional().meta({
  description:
    "Of a CRM or chat: its settings, by its kind; see the documentation of integrations. A change replaces all of it.",
});
export const credentialsInput = settings.optional().meta({
  description:
    "Of a CRM or chat: its token, or what it is got by. Sealed, and never given back. A change replaces all.",
});

/** What only webhooks have. */
const ofWebhooks = ["url", "format", "secret", "signing", "auth", "tls", "headers", "transform", "thin"] as const;
const ofSystems = ["config", "credentials"] as const;

/** Throws where fields were given that a destination of this kind doesn't have. */
export function refuseForeignFields(kind: string, given: Record<string, unknown>): void {
  const foreign = (kind === "webhook" ? ofSystems : ofWebhooks).filter((field) => given[field] !== undefined);
  if (foreign.length === 0) return;
  throw invalid(foreign.map((field) => ({ field, reason: `A destination of the kind ${kind} has no such setting.` })));
}

export function systemOf(api: Pick<ApiContext, "systems">, kind: string): SystemAdapter {
  const adapter = api.systems.get(kind);
  if (adapter) return adapter;
  const there = ["webhook", ...api.systems.keys()].join(", ");
  throw invalid([{ field: "kind", reason: `There are no destinations of this kind here; there are: ${there}.` }]);
}

/** Settings as they were given, with the workspace's time zone where they need one and have none. */
export async function inTimeZone(
  api: Pick<ApiContext, "systems">,
  tx: Queryable,
  workspaceId: string,
  kind: string,
  config: object | undefined,
): Promise<object | undefined> {
  if (kind === "webhook" || !systemOf(api, kind).timed || (config && "timeZone" in config)) return config;
  const workspace = await getWorkspace(tx, workspaceId);
  return { ...config, ...(workspace && { timeZone: workspace.timeZone }) };
}

/** The events that a destination of this kind can be told of; undefined: all that its format has. */
export function sayableBy(api: Pick<ApiContext, "systems">, kind: string): readonly string[] | undefined {
  const templates = kind === "webhook" ? undefined : systemOf(api, kind).templates;
  return templates && Object.keys(templates);
}

/** Columns of a new destination. Throws with everything that is wrong. */
export function newSystem(
  api: ApiContext,
  { workspaceId, id, kind }: { workspaceId: string; id: string; kind: string },
  given: { config?: object | undefined; credentials?: object | undefined },
): Pick<NewDestination, "kind" | "url" | "config" | "credentials"> {
  const adapter = systemOf(api, kind);
  return { kind: adapter.kind, ...checked(api, adapter, `${workspaceId}/${id}`, given) };
}

/** Refuses settings that name what isn't in the workspace. */
export async function refuseMissing(
  api: Pick<ApiContext, "systems">,
  tx: Queryable,
  workspaceId: string,
  { kind, config }: { kind: string; config?: object | null | undefined },
): Promise<void> {
  const problem = config && (await systemOf(api, kind).missing?.(tx, workspaceId, config));
  if (problem) throw invalid([problem]);
}

/** Columns that change; none where nothing was given. What isn't given stays. */
export function changedSystem(
  api: ApiContext,
  workspaceId: string,
  before: Destination,
  given: { config?: object | undefined; credentials?: object | undefined },
): DestinationChange {
  if (given.config === undefined && given.credentials === undefined) return {};
  const owner = `${workspaceId}/${before.id}`;
  // Those that are replaced are not asked: they may be such that nobody can open them any more.
  const known = () => (before.credentials ? (JSON.parse(api.box.open(before.credentials, owner)) as object) : {});
  const both = { config: given.config ?? before.config ?? {}, credentials: given.credentials ?? known() };
  const change = checked(api, systemOf(api, before.kind), owner, both);
  return given.credentials === undefined ? { url: change.url, config: change.config } : change;
}

/** As its adapter takes it, with its credentials unsealed. */
export function accountOf(
  api: Pick<ApiContext, "box" | "systems">,
  workspaceId: string,
  destination: Destination,
): SystemAccount {
  const adapter = systemOf(api, destination.kind);
  const { id, name, config, credentials } = destination;
  const unsealed = credentials ? (JSON.parse(api.box.open(credentials, `${workspaceId}/${id}`)) as unknown) : {};
  return {
    ...{ workspaceId, destinationId: id, name },
    config: adapter.config.parse(config ?? {}),
    credentials: adapter.credentials.parse(unsealed),
  };
}

function checked(
  api: ApiContext,
  adapter: SystemAdapter,
  owner: string,
  given: { config?: object | undefined; credentials?: object | undefined },
): { url: string; config: object; credentials: Buffer } {
  const config = parsePart(adapter.config, given.config ?? {}, "config");
  const credentials = parsePart(adapter.credentials, given.credentials ?? {}, "credentials");
  const problem = adapter.check?.(config, credentials);
  if (problem) throw invalid([problem]);
  const sealed = api.box.seal(JSON.stringify(credentials), owner);
  return { url: adapter.url(config, credentials), config: config as object, credentials: sealed };
}

export const destinationVerifyEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/verify",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Verify a destination",
    description:
      "For a CRM or chat: calls it with the destination's credentials, within 30 seconds, and says which permission is missing; changes nothing there. Where it works, `verifiedAt` is set, and a pause for the sake of the credentials is over. For a webhook: use `POST /v1/destinations/{id}/test`.",
    params: idParams,
    transaction: false,
    responses: {
      200: z.object({
        verified: z.boolean(),
        code: z.string().nullable().meta({ description: "Where it failed: why, for programs." }),
        detail: z.string().meta({ description: "What was found, for people." }),
        verifiedAt: time.nullable(),
      }),
    },
    example: {
      response: {
        verified: true,
        code: null,
        detail: "Connected to HubSpot account 1234567, with every permission that is needed.",
        verifiedAt: "2026-01-05T09:30:00.000Z",
      },
    },
    async execute({ api, workspaceId, params, recorded }) {
      const destination = await getDestination(api.db, workspaceId, params.id);
      if (!destination) throw notFound("destination", params.id);
      if (destination.kind === "webhook")
        throw new HeraldError("invalid_state", "This is a webhook: test it with POST /v1/destinations/{id}/test.");
      const system = api.testDeliveries.openSystem(workspaceId, destination);
      const result = await system
        .verify(AbortSignal.timeout(systemDeadlineMs))
        .catch((error: Error) => ({ ok: false as const, code: "verification_failed", detail: error.message }))
        .finally(() => system.close().catch(() => {}));
      if (!result.ok) {
        const { code, detail } = result;
        return { status: 200, body: { verified: false, code, detail, verifiedAt: destination.verifiedAt } };
      }
      const now = await recorded.transaction((tx) =>
        updateDestination(tx, workspaceId, params.id, { verifiedAt: new Date() }),
      );
      if (!now) throw notFound("destination", params.id);
      api.wake("delivery", [{ workspaceId, laneId: params.id }]);
      return { status: 200, body: { verified: true, code: null, detail: result.detail, verifiedAt: now.verifiedAt } };
    },
  }),
];
