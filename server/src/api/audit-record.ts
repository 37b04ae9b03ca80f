import type { FastifyRequest } from "fastify";
import { type Act, type Actor, recordActs } from "../db/audit.ts";
import type { Database } from "../db/pool.ts";
import { withoutSecrets } from "../domain/audit.ts";
import { isId } from "../domain/id.ts";
import { Batcher } from "../outbox/batcher.ts";
import type { Endpoint, EndpointContext, Subject } from "./endpoint.ts";

/** What the audit trail keeps of a call that changes something; see `domain/audit.ts`. */

/** Who calls. */
export function actorOf(request: FastifyRequest): Actor {
  const { caller } = request;
  return { kind: caller?.kind ?? "key", id: caller?.id ?? null, requestId: request.id, ip: request.ip };
}

/** Whether a call of this endpoint is an act. What only reads, and what is too frequent and has events of its own, is none. */
export function isAct(endpoint: Endpoint): boolean {
  return endpoint.method !== "GET" && endpoint.right !== "none" && endpoint.audit !== false;
}

/** What the audit trail needs of an API. */
export class Trail {
  /** The endpoints that show a resource, by their paths. */
  readonly views: ReadonlyMap<string, Endpoint>;
  /** For acts that have no transaction of their own: those that come together share a commit. */
  readonly acts: Batcher<Act, undefined>;

  constructor(db: Database, endpoints: readonly Endpoint[]) {
    const views = endpoints.filter(({ method, streams }) => method === "GET" && !streams);
    this.views = new Map(views.map((endpoint) => [endpoint.path, endpoint]));
    const write = async (acts: Act[]) => {
      await recordActs(db, acts);
      return acts.map(() => undefined);
    };
    this.acts = new Batcher(write, { maxSize: 500, maxConcurrent: 2 });
  }
}

/** Of a call that shows nothing of what it is about. */
export const noSubject: Subject = { view: null };

/** What a call is about, as it is now. Its `view` is null where it isn't there, or can't be shown. */
export async function subjectOf(
  views: ReadonlyMap<string, Endpoint>,
  endpoint: Endpoint,
  context: EndpointContext,
): Promise<Subject> {
  return (await endpoint.subject?.(context)) ?? { view: await viewOf(views, endpoint, context) };
}

/** How the resource of the path looks to readers; null: it isn't there, or can't be shown. */
async function viewOf(
  views: ReadonlyMap<string, Endpoint>,
  endpoint: Endpoint,
  context: EndpointContext,
): Promise<unknown> {
  // Apten's calls are about the same leads.
  const path = /^(\/v1\/(?:[\w-]+\/){1,2}\{\w+\}|\/v1\/workspace|\/v1\/assistant\/model)(?=\/|$)/.exec(
    endpoint.path.replace(/^\/apten(?=\/)/, ""),
  )?.[0];
  const view = path === undefined ? undefined : views.get(path);
  if (!view) return null;
  const names = [...path!.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const given = context.params as Record<string, unknown>;
  const params = view.params?.safeParse(Object.fromEntries(names.map((name) => [name, given[name]])));
  const query = view.query?.safeParse({});
  try {
    const { body, status } = await view.execute({
      ...context,
      params: params?.data ?? {},
      query: query?.data ?? {},
      body: undefined,
    });
    return (view.responses[status]?.safeParse(body).data ?? null) as unknown;
  } catch (error) {
    if ((error as { code?: string }).code === "not_found") return null;
    throw error;
  }
}

/** A call as it goes on record. */
export function actOf(
  actor: Actor,
  endpoint: Endpoint,
  context: EndpointContext,
  { before: was, after: is, answer }: { before: Subject; after: Subject; answer: unknown },
): Act {
  // What a call makes is its answer; what it changes is looked at.
  const makes = endpoint.method === "POST" && Object.keys(context.params as object).length === 0;
  const [before, after] = [was.view, makes ? (answer ?? is.view) : is.view];
  const { workspaceId, body } = context;
  const params = context.params as Record<string, string>;
  // Some say by their query what they change.
  const query = Object.entries((context.query ?? {}) as object).filter(([, value]) => value !== undefined);
  const asked = query.length > 0 ? { query: Object.fromEntries(query) } : {};
  const made = (answer as { id?: unknown } | null | undefined)?.id;
  const target =
    is.target ?? was.target ?? params.id ?? Object.values(params)[0] ?? (typeof made === "string" ? made : null);
  return {
    ...{ workspaceId, actor, action: `${endpoint.method} ${endpoint.path}`, target },
    leadId: is.leadId ?? was.leadId ?? leadOf(target, body, after ?? before),
    content: withoutSecrets(
      endpoint.audit === "brief"
        ? { params, after: answer }
        : { params, ...asked, body: body ?? null, before: before ?? null, after: after ?? answer ?? null },
    ) as object,
  };
}

function leadOf(target: string | null, ...about: unknown[]): string | null {
  if (target !== null && isId("lead", target)) return target;
  for (const value of about) {
    const id = (value as { id?: unknown } | null | undefined)?.id;
    if (typeof id === "string" && isId("lead", id)) return id;
    const leadId = (value as { leadId?: unknown } | null | undefined)?.leadId;
    if (typeof leadId === "string" && isId("lead", leadId)) return leadId;
    const told = (value as { data?: { leadId?: unknown } | null } | null | undefined)?.data?.leadId;
    if (typeof told === "string" && isId("lead", told)) return told;
    const inner = (value as { lead?: { id?: unknown } | null } | null | undefined)?.lead?.id;
    if (typeof inner === "string" && isId("lead", inner)) return inner;
  }
  return null;
}
