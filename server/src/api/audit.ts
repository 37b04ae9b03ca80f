import { Readable } from "node:stream";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { lastSeal, namesOfActors } from "../db/audit.ts";
import { type AuditFilter, type AuditPlace, type AuditRow, listAudit } from "../db/audit-search.ts";
import type { Queryable } from "../db/pool.ts";
import { cellOf } from "../domain/csv-text.ts";
import { HeraldError } from "../domain/error.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, page, time, timeInput } from "./fields.ts";
import { ifAnyQuery, noneOf } from "./if-any.ts";

const entrySchema = z.object({
  id: z.string().meta({ description: "Of an event: the event's ID." }),
  at: time,
  kind: z
    .enum(["act", "event"])
    .meta({ description: "act: somebody did something; event: it was recorded in the log." }),
  actor: z
    .object({
      kind: z.string(),
      id: z.string().nullable(),
      name: z.string().nullable().meta({ description: "Of the person or key, as it is now; null: none is known." }),
    })
    .meta({
      description:
        "Who: an API key (`key`), a person (`user`), the command line (`cli`), or Herald by its rules (`system`).",
    }),
  action: z.string().meta({ description: "The call, as `POST /v1/senders`; of an event its type." }),
  target: z.string().nullable().meta({ description: "The ID of what it was done to." }),
  leadId: z.string().nullable(),
  requestId: z.string().nullable(),
  ip: z.string().nullable(),
  content: z.unknown().meta({
    description:
      "Of an act: request, before and after, without secrets; of an event its data. null: erased, or past its retention.",
  }),
});

const example = {
  id: "audit_01k9d3v0x5e0rb1v6m2z8q4w7n",
  at: "2026-01-05T09:30:00.000Z",
  kind: "act" as const,
  actor: { kind: "key", id: "key_01k9d3v0x5e0rb1v6m2z8q4w7n", name: "CRM sync" },
  action: "PATCH /v1/campaigns/{id}",
  target: "camp_01k9d3v0x5e0rb1v6m2z8q4w7n",
  leadId: null,
  requestId: "req_1",
  ip: "203.0.113.7",
  content: { params: {}, body: { action: "pause" }, before: { status: "active" }, after: { status: "paused" } },
};

const filterFields = {
  from: timeInput.optional().meta({ description: "Not before." }),
  to: timeInput.optional().meta({ description: "Before." }),
  kind: z.enum(["act", "event"]).optional(),
  action: z.string().max(200).optional().meta({ description: "Exactly, or all that begin so: `POST*`, `message.*`." }),
  actor: z.string().max(100).optional().meta({ description: "The ID of a key or a person." }),
  target: z.string().max(100).optional(),
  leadId: z.string().max(100).optional().meta({ description: "Also acts on many leads of which it is one." }),
  requestId: z.string().max(200).optional().meta({ description: "As in the answer's header `x-request-id`." }),
  ip: z.string().max(100).optional().meta({ description: "The address from which it was called." }),
};
const cursor = placeCursor(
  z.tuple([
    z.number().int().min(0).max(8e15),
    z
      .string()
      .min(1)
      .max(100)
      .regex(/^[\w]+$/),
  ]),
);

type FilterInput = z.output<z.ZodObject<typeof filterFields>>;

function filterOf({ from, to, action, ...rest }: FilterInput): AuditFilter {
  return { ...rest, action, from: from?.getTime(), to: to?.getTime() };
}

const shown = ({ actorKind, actor, at, content, ...entry }: AuditRow, names: ReadonlyMap<string, string>) => ({
  ...entry,
  at: new Date(at),
  actor: { kind: actorKind, id: actor, name: names.get(actor ?? "") ?? null },
  content: content === null ? null : (JSON.parse(content) as unknown),
});

/** The names of all who acted in these rows. */
async function namesIn(db: Queryable, workspaceId: string, rows: readonly AuditRow[]) {
  const ids = new Set(rows.map(({ actor }) => actor).filter((id) => id !== null));
  return await namesOfActors(db, workspaceId, [...ids]);
}

const exportColumns = [
  "at",
  "id",
  "kind",
  "actorKind",
  "actor",
  "action",
  "target",
  "leadId",
  "requestId",
  "ip",
] as const;
const exportPage = 1_000;
const exportBytes = 1024 * 1024;

/** Oldest first, in pages of so many entries or bytes, so that memory grows neither with the trail nor with what it says. */
async function* exported(
  db: Queryable,
  workspaceId: string,
  filter: AuditFilter,
  format: "csv" | "jsonl",
): AsyncGenerator<string> {
  if (format === "csv") yield stringify([[...exportColumns, "content"]]);
  for (let after: AuditPlace | null = null; ; ) {
    const search = { ...filter, order: "asc" as const, after, limit: exportPage, bytes: exportBytes };
    const { rows, next }: Awaited<ReturnType<typeof listAudit>> = await listAudit(db, workspaceId, search);
    if (rows.length > 0) {
      const names = format === "jsonl" ? await namesIn(db, workspaceId, rows) : new Map<string, string>();
      yield format === "jsonl"
        ? `${rows.map((row) => JSON.stringify(shown(row, names))).join("\n")}\n`
        : stringify(
            rows.map((row) => [...exportColumns.map((column) => csvValue(row[column], column)), csvValue(row.content)]),
          );
    }
    if (next === null) return;
    after = next;
  }
}

function csvValue(value: string | number | null, column?: string): string {
  if (value === null) return "";
  if (column === "at") return new Date(value).toISOString();
  return cellOf(String(value));
}

export const auditEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/audit",
    right: "audit.read",
    tags: ["Audit trail"],
    summary: "Search the audit trail",
    description:
      "Newest first: every change made through the API or the command line, and every event. Entries are added and never changed; `herald audit verify` shows that none was. Acts are there at once, events when their minute is sealed. Without `leadId` a page looks at 50,000 entries at most: it may have fewer than `limit`, even none, while `nextCursor` leads on.",
    query: z.strictObject({ ...filterFields, cursor: cursor.optional(), limit: limit() }),
    responses: { 200: page(entrySchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const { cursor: given, limit: size, ...filter } = query;
      const after = given ? { at: given[0], id: given[1] } : null;
      const search = { ...filterOf(filter), order: "desc" as const, after, limit: size + 1 };
      const { rows, next } = await listAudit(tx, workspaceId, search);
      const last = rows.length > size ? rows[size - 1]! : next;
      const names = await namesIn(tx, workspaceId, rows);
      const data = rows.slice(0, size).map((row) => shown(row, names));
      return { status: 200, body: { data, nextCursor: last ? encodePlace([last.at, last.id]) : null } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/audit/export",
    right: "audit.read",
    tags: ["Audit trail"],
    summary: "Export the audit trail",
    description: "Oldest first, all that matches, as JSON Lines or CSV, as it is read.",
    query: z.strictObject({ ...filterFields, format: z.enum(["jsonl", "csv"]).default("jsonl") }),
    streams: "text/plain; charset=utf-8",
    responses: { 200: z.string() },
    async execute({ api, workspaceId, query }) {
      const { format, ...filter } = query;
      const body = Readable.from(exported(api.db, workspaceId, filterOf(filter), format)) as unknown as string;
      const headers = { "content-disposition": `attachment; filename="audit.${format}"` };
      return { status: 200, body, headers };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/audit/seal",
    right: "workspace.read",
    tags: ["Audit trail"],
    summary: "Get the newest seal",
    description:
      "Keep its `hash` elsewhere: `herald audit verify --seal HASH` then shows that nothing before it was changed, not even together with all later seals.",
    query: ifAnyQuery,
    responses: {
      204: z.void(),
      200: z.object({
        hash: z.string().meta({ description: "SHA-256, in hex." }),
        no: z.number().int(),
        beginsAt: time.meta({ description: "The minute that it seals." }),
        entries: z.number().int().meta({ description: "Entries of this minute." }),
      }),
    },
    example: { response: { hash: "9f86d081...", no: 1_204, beginsAt: "2026-01-05T09:30:00.000Z", entries: 42 } },
    async execute({ tx, workspaceId, query }) {
      const seal = await lastSeal(tx, workspaceId, "minute");
      if (!seal)
        return noneOf(
          query,
          new HeraldError("not_found", "Nothing is sealed yet: a minute is sealed when it is over."),
        );
      const { hash, no, beginsAt, count } = seal;
      return { status: 200, body: { hash: hash.toString("hex"), no, beginsAt: new Date(beginsAt), entries: count } };
    },
  }),
];
