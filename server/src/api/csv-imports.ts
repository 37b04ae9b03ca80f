import { z } from "zod";
import { getLeadImport, type LeadImport, listLeadImports, startUndo } from "../db/lead-import.ts";
import { countUndo } from "../db/lead-import-undo.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, time } from "./fields.ts";

const count = z.number().int();
const kept = z
  .object({
    written: count.meta({
      description: "Something went out to it or came from it, is on its way, or was written to it by hand and waits.",
    }),
    changed: count.meta({
      description:
        "It isn't as it was imported: fields, status, a pause, a finished task, the assistant, an approval, a CRM's list.",
    }),
    enrolled: count.meta({ description: "It is or was in another campaign than the import's." }),
  })
  .meta({ description: "Leads that the import added and that stay, by reason; the first that holds." });

const importSchema = z.object({
  id: z.string(),
  startedBy: z.string().nullable().meta({ description: "The person, API key, or user of the machine." }),
  campaignId: z.string().nullable(),
  tag: z.string().nullable(),
  rows: count,
  added: count.meta({ description: "New leads. Only these can be taken back: known ones were not changed." }),
  status: z.enum(["running", "done", "cut_off"]).meta({
    description: "cut_off: it stopped before its end. What was stored until then stays, and can be undone, too.",
  }),
  createdAt: time,
  endedAt: time.nullable(),
  undo: z
    .object({
      state: z.enum(["running", "done"]),
      by: z.string().nullable(),
      removed: count,
      kept,
      finishedAt: time.nullable(),
    })
    .nullable()
    .meta({ description: "Null: nobody has undone it." }),
});

const allKept = (counts: LeadImport["kept"]) => ({ written: 0, changed: 0, enrolled: 0, ...counts });

const shown = (one: LeadImport): z.input<typeof importSchema> => ({
  ...one,
  status: one.endedAt !== null ? "done" : one.cutOff ? "cut_off" : "running",
  undo:
    one.undoState === null
      ? null
      : {
          ...{ state: one.undoState, by: one.undoBy, removed: one.removed },
          ...{ kept: allKept(one.kept), finishedAt: one.undoneAt },
        },
});

const example = {
  id: "imp_01k9d3v0x5e0rb1v6m2z8q4w7n",
  startedBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
  campaignId: null,
  tag: "trade-fair",
  rows: 1_200,
  added: 1_180,
  status: "done" as const,
  createdAt: "2026-01-05T09:30:00.000Z",
  endedAt: "2026-01-05T09:30:02.000Z",
  undo: null,
};
const undone = {
  state: "running" as const,
  by: example.startedBy,
  removed: 500,
  kept: { written: 2, changed: 0, enrolled: 0 },
  finishedAt: null,
};

async function existing(db: Queryable, workspaceId: string, id: string): Promise<LeadImport> {
  const one = await getLeadImport(db, workspaceId, id);
  if (!one) throw notFound("import", id);
  return one;
}

export const csvImportEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/imports/csv",
    right: "leads.read",
    tags: ["Leads"],
    summary: "List imports of files",
    description: "Newest first. A file of which no row could be read is none.",
    query: z.strictObject({ cursor: idCursor("leadImport").optional(), limit: limit() }),
    responses: { 200: page(importSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const rows = await listLeadImports(tx, workspaceId, query.cursor ?? null, query.limit + 1);
      return { status: 200, body: pageOf(rows.map(shown), query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/imports/csv/{id}",
    right: "leads.read",
    tags: ["Leads"],
    summary: "Get an import of a file",
    params: idParams,
    responses: { 200: importSchema },
    example: { response: example },
    async execute({ tx, workspaceId, params }) {
      return { status: 200, body: shown(await existing(tx, workspaceId, params.id)) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/imports/csv/{id}/undo",
    right: "leads.read",
    tags: ["Leads"],
    summary: "Count what an undo would remove",
    description:
      "As things are now, which may change until it is done. Of a million leads it takes ten seconds and more.",
    params: idParams,
    responses: { 200: z.object({ removable: count, kept }) },
    example: { response: { removable: 1_178, kept: undone.kept } },
    async execute({ tx, workspaceId, params }) {
      const counted = await countUndo(tx, await existing(tx, workspaceId, params.id));
      return { status: 200, body: { removable: counted.removable, kept: allKept(counted.kept) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/imports/csv/{id}/undo",
    right: "leads.write",
    tags: ["Leads"],
    summary: "Undo an import of a file",
    description:
      "Leads that the import added are removed again, with their places in the campaign that it named and what waits to be sent there; those of which something came by now stay, and are counted by reason. Leads that were known before the import stay as they are. The answer comes at once; `GET /v1/imports/csv/{id}` shows how far it is. What interrupts it costs nothing: it goes on where it was. It can't be taken back, but the file can be imported again. Asked for again it changes nothing.",
    params: idParams,
    responses: { 202: importSchema },
    example: { response: { ...example, undo: undone } },
    async execute({ api, tx, workspaceId, callerId, params, afterCommit }) {
      const before = await existing(tx, workspaceId, params.id);
      if (before.undoState === null && before.endedAt === null && !before.cutOff)
        throw new HeraldError("invalid_state", `The import ${before.id} still runs; undo it when it has ended.`);
      await startUndo(tx, workspaceId, params.id, callerId);
      afterCommit(() => api.wakeUndoer());
      return { status: 202, body: shown(await existing(tx, workspaceId, params.id)) };
    },
  }),
];
