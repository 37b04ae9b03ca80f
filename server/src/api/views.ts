import { z } from "zod";
import type { Queryable } from "../db/pool.ts";
import {
  countSavedViews,
  deleteSavedView,
  getSavedView,
  insertSavedView,
  listSavedViews,
  type SavedView,
  updateSavedView,
  viewKinds,
} from "../db/saved-view.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, name, time } from "./fields.ts";
import { invalid } from "./validate.ts";
import { canonicalView } from "./view-query.ts";

/** Of a kind, as many as one caller sees: more than a menu can show. */
const most = 200;

const kind = z.enum(viewKinds).meta({ description: "Which list: `leads`." });
const query = z.string().max(2_000).meta({
  description:
    "What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form.",
});
const shared = z.boolean().meta({ description: "True: the whole workspace has it. False: whoever made it, alone." });

const viewSchema = z.object({
  id: z.string(),
  kind,
  name: z.string(),
  query,
  shared,
  createdBy: z.string().meta({ description: "The person or API key." }),
  createdAt: time,
  updatedAt: time,
});

const example = {
  id: "view_01k9d3v0x5e0rb1v6m2z8q4w7n",
  kind: "leads" as const,
  name: "Replied, by company",
  query: "status=REPLY_RECEIVED&sort=company&descending=false",
  shared: true,
  createdBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
  createdAt: "2026-01-05T09:30:00.000Z",
  updatedAt: "2026-01-05T09:30:00.000Z",
};

function checked(of: SavedView["kind"], given: string): string {
  const result = canonicalView(of, given);
  if (result.ok) return result.query;
  throw invalid([{ field: "query", reason: result.reason }]);
}

async function existing(tx: Queryable, workspaceId: string, callerId: string, id: string): Promise<SavedView> {
  const view = await getSavedView(tx, workspaceId, callerId, id);
  if (!view) throw notFound("view", id);
  return view;
}

const taken = (text: string) =>
  new HeraldError("conflict", `There is a view ${JSON.stringify(text)} already; choose another name.`, [
    { field: "name", reason: "There is a view of this name already." },
  ]);

export const viewEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/views",
    right: "leads.read",
    tags: ["Views"],
    summary: "List saved views",
    description: `By name: those of the workspace and the caller's own, ${most} at most.`,
    query: z.strictObject({ kind: kind.default("leads") }),
    responses: { 200: z.object({ data: z.array(viewSchema) }) },
    example: { response: { data: [example] } },
    async execute({ tx, workspaceId, callerId, query: { kind: of } }) {
      return { status: 200, body: { data: await listSavedViews(tx, workspaceId, callerId, of) } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/views/{id}",
    right: "leads.read",
    tags: ["Views"],
    summary: "Get a saved view",
    params: idParams,
    responses: { 200: viewSchema },
    example: { response: example },
    async execute({ tx, workspaceId, callerId, params }) {
      return { status: 200, body: await existing(tx, workspaceId, callerId, params.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/views",
    right: "views.write",
    tags: ["Views"],
    summary: "Save a view",
    description: "A list as it is filtered and sorted, under a name.",
    body: z.strictObject({ kind: kind.default("leads"), name: name(100), query, shared: shared.default(false) }),
    responses: { 201: viewSchema },
    example: { body: { name: example.name, query: example.query, shared: true }, response: example },
    async execute({ tx, workspaceId, callerId, body }) {
      const id = newId("view");
      const view = { ...body, id, query: checked(body.kind, body.query), createdBy: callerId };
      if ((await countSavedViews(tx, workspaceId, callerId, body.kind)) >= most)
        throw new HeraldError("unprocessable", `There are ${most} views already; remove one first.`);
      if (!(await insertSavedView(tx, workspaceId, view))) throw taken(body.name);
      return { status: 201, body: await existing(tx, workspaceId, callerId, id) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/views/{id}",
    right: "views.write",
    tags: ["Views"],
    summary: "Change a saved view",
    description:
      "Its name, what it shows, or who has it. One that is shared and made the caller's own is gone for others.",
    params: idParams,
    body: z.strictObject({ name: name(100).optional(), query: query.optional(), shared: shared.optional() }),
    responses: { 200: viewSchema },
    example: { body: { name: "Replied" }, response: { ...example, name: "Replied" } },
    async execute({ tx, workspaceId, callerId, params, body }) {
      const before = await existing(tx, workspaceId, callerId, params.id);
      const next = body.name ?? before.name;
      const isShared = body.shared ?? before.shared;
      const view = {
        ...{ id: before.id, kind: before.kind, name: next, owner: isShared ? null : callerId },
        query: body.query === undefined ? before.query : checked(before.kind, body.query),
      };
      if (!(await updateSavedView(tx, workspaceId, view))) throw taken(next);
      return { status: 200, body: await existing(tx, workspaceId, callerId, params.id) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/views/{id}",
    right: "views.write",
    tags: ["Views"],
    summary: "Remove a saved view",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, callerId, params }) {
      await existing(tx, workspaceId, callerId, params.id);
      await deleteSavedView(tx, workspaceId, params.id);
      return { status: 204, body: undefined };
    },
  }),
];
