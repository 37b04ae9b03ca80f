import { z } from "zod";
import { type AptenLead, type DeletedLead, getAptenLeads } from "../../db/apten.ts";
import { listConditions } from "../../db/assistant-condition.ts";
import type { Queryable } from "../../db/pool.ts";
import { HeraldError } from "../../domain/error.ts";
import { idTime } from "../../domain/id.ts";
import { time } from "../fields.ts";

/** A lead as Apten shows it. */

export const tags = ["Apten"] as const;

export const aptenParams = z.strictObject({ id: z.string().min(1).max(200).meta({ description: "The lead's ID." }) });

export const tagSchema = z.object({
  id: z.string().meta({ description: "Tags of Herald are known by their names: it is the same." }),
  name: z.string(),
  condition: z.string().nullable().meta({ description: "In plain English, of a tag that the assistant gives." }),
});

export const aptenLeadSchema = z.object({
  id: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  phone: z.string().nullable().meta({ description: "E.164. Null: Herald's leads may have none." }),
  email: z.string().nullable(),
  customerProfile: z.string().nullable(),
  createdAt: time,
  updatedAt: time.meta({ description: "Of the latest change to the lead, its messages or its consent." }),
  lastActivityAt: time.nullable().meta({ description: "Of the latest message, in either direction." }),
  additionalInfo: z.record(z.string(), z.string()),
  hasReplied: z.boolean(),
  isHot: z.boolean(),
  isQualified: z.boolean(),
  isUnsubscribed: z.boolean().meta({ description: "From SMS; from email where there is no phone number." }),
  isAiOn: z.boolean(),
  tags: z.array(tagSchema),
  summary: z.string().nullable(),
  externalLeadId: z.string().nullable(),
  deleted: z.boolean(),
  deletedAt: time.nullable(),
});

export type AptenLeadAnswer = z.input<typeof aptenLeadSchema>;

/** Fields of Herald that Apten has among the additional information. */
export const informationFields = ["company", "title", "linkedinUrl", "externalLeadId"] as const;

/** Tags that Apten has as fields of a lead. */
export const builtInTags: ReadonlySet<string> = new Set(["hasReplied", "isHot", "isQualified"]);

/** `conditions`: by the names of the tags that the assistant gives. */
export function aptenLeadAnswer(lead: AptenLead, conditions: ReadonlyMap<string, string>): AptenLeadAnswer {
  const named = informationFields.filter((field) => field !== "externalLeadId" && lead[field] !== null);
  const has = (tag: string) => lead.tags.includes(tag);
  return {
    id: lead.id,
    firstName: lead.firstName ?? "",
    lastName: lead.lastName ?? "",
    phone: lead.phone,
    email: lead.email,
    customerProfile: lead.profile,
    createdAt: lead.madeAt,
    updatedAt: lead.changedAt,
    lastActivityAt: lead.lastActivityAt,
    additionalInfo: { ...Object.fromEntries(named.map((field) => [field, lead[field]!])), ...lead.custom },
    hasReplied: lead.hasReplied || has("hasReplied"),
    isHot: has("isHot"),
    isQualified: has("isQualified"),
    isUnsubscribed: lead.isUnsubscribed,
    isAiOn: lead.isAiOn,
    tags: lead.tags
      .filter((tag) => !builtInTags.has(tag))
      .map((tag) => ({ id: tag, name: tag, condition: conditions.get(tag) ?? null })),
    summary: lead.summary,
    externalLeadId: lead.externalLeadId,
    deleted: false,
    deletedAt: null,
  };
}

/** A lead that was erased. When it was made is in its ID. */
export function deletedLeadAnswer({ id, deletedAt }: DeletedLead): AptenLeadAnswer {
  const createdAt = new Date(idTime(id));
  return {
    ...{ id, firstName: "", lastName: "", phone: null, email: null, customerProfile: null },
    ...{ createdAt, updatedAt: deletedAt, lastActivityAt: null, additionalInfo: {} },
    ...{ hasReplied: false, isHot: false, isQualified: false, isUnsubscribed: true, isAiOn: false },
    ...{ tags: [], summary: null, externalLeadId: null, deleted: true, deletedAt },
  };
}

/** By which tags the assistant gives, in plain English. */
export async function tagConditions(db: Queryable, workspaceId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await listConditions(db, workspaceId);
  return new Map(rows.filter(({ kind }) => kind === "tag").map(({ name, condition }) => [name, condition]));
}

/** One lead as Apten shows it. @throws not_found */
export async function oneAptenLead(db: Queryable, workspaceId: string, id: string): Promise<AptenLeadAnswer> {
  return aptenLeadAnswer(await mustGetAptenLead(db, workspaceId, id), await tagConditions(db, workspaceId));
}

/** @throws not_found */
export async function mustGetAptenLead(db: Queryable, workspaceId: string, id: string): Promise<AptenLead> {
  const [lead] = await getAptenLeads(db, workspaceId, [id]);
  if (!lead) throw new HeraldError("not_found", `There is no lead ${id.slice(0, 200)} in this workspace.`);
  return lead;
}
