import { z } from "zod";
import { writeKnowledge } from "../assistant/profiles.ts";
import {
  deleteKnowledge,
  getKnowledge,
  type Knowledge,
  knowledgeLanguages,
  listKnowledge,
  searchKnowledge,
} from "../db/knowledge.ts";
import type { Queryable } from "../db/pool.ts";
import { getProfile, lockProfile } from "../db/profile.ts";
import { notFound } from "../domain/error.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";

const longest = 500_000;

const knowledgeSchema = z.object({
  id: z.string(),
  profileId: z.string(),
  title: z.string(),
  content: z.string(),
  language: z.string(),
  createdAt: time,
  updatedAt: time,
});

const language = z.enum(knowledgeLanguages).meta({
  description:
    "How its words are compared: `english` finds `roofs` by `roof`. `simple`: words as they are, also for Chinese, Japanese, Korean and Thai.",
});
const content = z.string().min(1).max(longest).meta({
  description:
    "Plain text or Markdown; of a PDF or Word file what `POST /v1/knowledge/text` gives. Empty lines part what belongs together.",
});

async function profileOf(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  // Two at a time would both use what is left.
  if (!(await lockProfile(tx, workspaceId, id))) throw notFound("profile", id);
}

/** Tells a profile that knows nothing from one that isn't there. */
async function seenProfile(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  if (!(await getProfile(tx, workspaceId, id))) throw notFound("profile", id);
}

async function existing(tx: Queryable, workspaceId: string, id: string): Promise<Knowledge> {
  const knowledge = await getKnowledge(tx, workspaceId, id);
  if (!knowledge) throw notFound("knowledge", id);
  return knowledge;
}

export const knowledgeEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/profiles/{id}/knowledge",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "List the knowledge of a profile",
    description: "The oldest first.",
    params: idParams,
    query: z.strictObject({ cursor: idCursor("knowledge").optional(), limit: limit(50, 20) }),
    responses: { 200: page(knowledgeSchema) },
    async execute({ tx, workspaceId, params, query }) {
      const filter = { after: query.cursor ?? null, limit: query.limit + 1 };
      const rows = await listKnowledge(tx, workspaceId, params.id, filter);
      if (rows.length === 0) await seenProfile(tx, workspaceId, params.id);
      return { status: 200, body: pageOf(rows, query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/profiles/{id}/knowledge",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Add knowledge to a profile",
    description:
      "A text that the assistant may draw on. Prices, dates, links and promises that stand in no knowledge are held back. A profile knows 2,000,000 characters at most.",
    params: idParams,
    bodyLimit: 4 * 1024 * 1024,
    audit: "brief",
    body: z.strictObject({ title: name(200), content, language: language.default("simple") }),
    responses: { 201: knowledgeSchema },
    async execute({ tx, workspaceId, params, body }) {
      await profileOf(tx, workspaceId, params.id);
      const id = await writeKnowledge(tx, workspaceId, { ...body, id: null, profileId: params.id, before: 0 });
      return { status: 201, body: await existing(tx, workspaceId, id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/profiles/{id}/knowledge/search",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Search the knowledge of a profile",
    description: "The passages that the assistant would be given for a question, the best one first.",
    params: idParams,
    query: z.strictObject({ q: z.string().min(1).max(2_000), limit: limit(20, 4) }),
    responses: {
      200: z.object({
        data: z.array(z.object({ knowledgeId: z.string(), title: z.string(), text: z.string() })),
      }),
    },
    async execute({ tx, workspaceId, params, query }) {
      const data = await searchKnowledge(tx, workspaceId, params.id, query.q, query.limit);
      if (data.length === 0) await seenProfile(tx, workspaceId, params.id);
      return { status: 200, body: { data } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/knowledge/{id}",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Get a piece of knowledge",
    params: idParams,
    responses: { 200: knowledgeSchema },
    async execute({ tx, workspaceId, params }) {
      return { status: 200, body: await existing(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/v1/knowledge/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Replace a piece of knowledge",
    params: idParams,
    bodyLimit: 4 * 1024 * 1024,
    audit: "brief",
    body: z.strictObject({ title: name(200), content, language: language.default("simple") }),
    responses: { 200: knowledgeSchema },
    async execute({ tx, workspaceId, params, body }) {
      const { profileId } = await existing(tx, workspaceId, params.id);
      await profileOf(tx, workspaceId, profileId);
      const before = (await existing(tx, workspaceId, params.id)).content.length;
      await writeKnowledge(tx, workspaceId, { ...body, id: params.id, profileId, before });
      return { status: 200, body: await existing(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/knowledge/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Delete a piece of knowledge",
    params: idParams,
    responses: { 204: z.void() },
    audit: "brief",
    async execute({ tx, workspaceId, params }) {
      await existing(tx, workspaceId, params.id);
      await deleteKnowledge(tx, workspaceId, params.id);
      return { status: 204, body: undefined };
    },
  }),
];
