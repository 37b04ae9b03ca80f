import { z } from "zod";
import { publicLinks } from "../campaigns/links.ts";
import { templateValues } from "../campaigns/writing.ts";
import { getLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import {
  deleteSnippet,
  getSnippet,
  insertSnippet,
  listSnippets,
  lockSnippet,
  type Snippet,
  updateSnippet,
} from "../db/snippet.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { compileTemplate, fillTemplate } from "../domain/template.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time, timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

const snippetName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}-]{0,39}$/u,
    "Give up to 40 letters, digits and hyphens, as in next-step.",
  )
  .meta({ description: "What is typed behind a slash to insert it: up to 40 letters, digits and hyphens." });
const channel = z.enum(channels).nullable().meta({ description: "Null: for answers on any channel." });
const text = z
  .string()
  .min(1)
  .max(10_000)
  .refine((value) => value.trim() !== "", "Write a text.")
  .meta({ description: "A template, with the variables that steps of campaigns have: `Hi {{ firstName }}`." });

const snippetSchema = z.object({
  id: z.string(),
  name: z.string(),
  channel,
  text: z.string(),
  createdBy: z.string().meta({ description: "The person or API key." }),
  createdAt: time,
  updatedAt: time,
});

const example = {
  id: "snip_01k9d3v0x5e0rb1v6m2z8q4w7n",
  name: "next-step",
  channel: null,
  text: "Thanks, {{ firstName }}. Would Tuesday at ten suit you?",
  createdBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
  createdAt: "2026-01-05T09:30:00.000Z",
  updatedAt: "2026-01-05T09:30:00.000Z",
};

/** @throws HeraldError where it is no template, with the line and column. */
function requireTemplate(source: string): void {
  try {
    compileTemplate(source);
  } catch (error) {
    if (!(error instanceof HeraldError)) throw error;
    throw invalid([{ field: "text", reason: error.details?.[0]?.reason ?? error.message }]);
  }
}

async function existing(tx: Queryable, workspaceId: string, id: string): Promise<Snippet> {
  const snippet = await getSnippet(tx, workspaceId, id);
  if (!snippet) throw notFound("snippet", id);
  return snippet;
}

const taken = (given: string) =>
  new HeraldError("conflict", `There is a snippet /${given} already; choose another name.`, [
    { field: "name", reason: "There is a snippet of this name already." },
  ]);

function refuseOutdated({ updatedAt }: Snippet, seen: Date | undefined): void {
  if (seen === undefined || seen.getTime() >= updatedAt.getTime()) return;
  const reason = `The snippet was changed at ${updatedAt.toISOString()}, and this was made to how it was at ${seen.toISOString()}. Get it again, and make the change to that.`;
  throw new HeraldError("conflict", reason, [{ field: "ifUpdatedAt", reason }]);
}

const place = z.tuple([z.string().max(200)]).transform(([after]) => after);

export const snippetEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/snippets",
    right: "messages.read",
    tags: ["Conversations"],
    summary: "List snippets",
    description: "The texts that the team answers with, by name.",
    query: z.strictObject({
      channel: z.enum(channels).optional().meta({ description: "Those that fit answers on it." }),
      cursor: placeCursor(place).optional(),
      limit: limit(200, 100),
    }),
    responses: { 200: page(snippetSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const filter = { channel: query.channel, after: query.cursor, limit: query.limit + 1 };
      const rows = await listSnippets(tx, workspaceId, filter);
      return { status: 200, body: pageOf(rows, query.limit, (last) => encodePlace([last.name])) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/snippets/{id}",
    right: "messages.read",
    tags: ["Conversations"],
    summary: "Get a snippet",
    params: idParams,
    responses: { 200: snippetSchema },
    example: { response: example },
    async execute({ tx, workspaceId, params }) {
      return { status: 200, body: await existing(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/snippets/{id}/text",
    right: "messages.read",
    tags: ["Conversations"],
    summary: "Write a snippet for a lead",
    description: "The text with this lead's values, to be read and changed before it is sent. Nothing is stored.",
    params: idParams,
    query: z.strictObject({
      leadId: z.string().min(1).max(200),
      channel: z.enum(channels).optional().meta({ description: "Of the answer, for `unsubscribeUrl`." }),
    }),
    responses: {
      200: z.object({
        text: z.string(),
        missing: z.array(z.string()).meta({
          description: "Variables without a value for this lead: the text has their names in brackets, `[company]`.",
        }),
      }),
    },
    example: { response: { text: "Thanks, Ada. Would Tuesday at ten suit you?", missing: [] } },
    async execute({ api, tx, workspaceId, params, query }) {
      const snippet = await existing(tx, workspaceId, params.id);
      const lead = await getLead(tx, workspaceId, query.leadId);
      if (!lead) throw notFound("lead", query.leadId);
      const links = publicLinks(api.config.publicUrl, api.box);
      const on = query.channel ?? snippet.channel;
      const values = templateValues(lead, on && links?.unsubscribeLead(workspaceId, lead.id, on));
      const filled = fillTemplate(compileTemplate(snippet.text), values);
      if (!filled.ok) throw new HeraldError("unprocessable", filled.reason);
      return { status: 200, body: { text: filled.text, missing: filled.missing } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/snippets",
    right: "snippets.write",
    tags: ["Conversations"],
    summary: "Write a snippet",
    body: z.strictObject({ name: snippetName, channel: channel.default(null), text }),
    responses: { 201: snippetSchema },
    example: { body: { name: example.name, text: example.text }, response: example },
    async execute({ tx, workspaceId, callerId, body }) {
      requireTemplate(body.text);
      const id = newId("snippet");
      if (!(await insertSnippet(tx, workspaceId, { ...body, id, createdBy: callerId }))) throw taken(body.name);
      return { status: 201, body: await existing(tx, workspaceId, id) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/snippets/{id}",
    right: "snippets.write",
    tags: ["Conversations"],
    summary: "Change a snippet",
    params: idParams,
    body: z.strictObject({
      ifUpdatedAt: timeInput.optional().meta({
        description:
          "`updatedAt` of the snippet that the change was made to: where somebody has changed it since, this is refused with 409 in " +
          "place of overwriting that. Without it the last one wins.",
      }),
      name: snippetName.optional(),
      channel: channel.optional(),
      text: text.optional(),
    }),
    responses: { 200: snippetSchema },
    example: { body: { name: "meeting" }, response: { ...example, name: "meeting" } },
    async execute({ tx, workspaceId, params, body }) {
      // Locked, so that what isn't given is what the other one of two made of it.
      const before = await lockSnippet(tx, workspaceId, params.id);
      if (!before) throw notFound("snippet", params.id);
      refuseOutdated(before, body.ifUpdatedAt);
      if (body.text !== undefined) requireTemplate(body.text);
      const after = {
        ...{ id: before.id, name: body.name ?? before.name, text: body.text ?? before.text },
        channel: body.channel === undefined ? before.channel : body.channel,
      };
      if (!(await updateSnippet(tx, workspaceId, after))) throw taken(after.name);
      return { status: 200, body: await existing(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/snippets/{id}",
    right: "snippets.write",
    tags: ["Conversations"],
    summary: "Delete a snippet",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      if (!(await deleteSnippet(tx, workspaceId, params.id))) throw notFound("snippet", params.id);
      return { status: 204, body: undefined };
    },
  }),
];
