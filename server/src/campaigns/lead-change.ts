import { campaignOfLead } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import type { Lead } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import type { FieldChange, LeadFieldsUpdatedData, LeadTagUpdatedData } from "../domain/event.ts";
import { leadFields } from "../domain/lead.ts";

/**
 * Records what a change made of a lead: `lead.fields.updated` if a field is another one, `lead.tag.updated` if the tags are: one
 * for all that are gone, then one for each that is new, as not every format can say more at once. The order of tags is no
 * difference. `before`: the lead as it was, held by this transaction. `why`: where the assistant did it.
 */
export async function recordLeadChange(
  tx: Queryable,
  workspaceId: string,
  before: Lead,
  lead: Lead,
  changedBy: LeadFieldsUpdatedData["changedBy"],
  /** When, by whoever says so. */
  at = new Date(),
  {
    campaignId: theirs = null,
    ...why
  }: Pick<LeadTagUpdatedData, "channel" | "reason"> & {
    /** Another system's. Default: the lead's own. */
    campaignId?: string | null;
  } = { channel: null, reason: null },
): Promise<TouchedLane[]> {
  const { tags, externalLeadId, linkedinUrl, phone, email } = lead;
  const added = tags.filter((tag) => !before.tags.includes(tag));
  const removed = before.tags.filter((tag) => !tags.includes(tag));
  const fields = changesOf(before, lead, plainFields);
  const custom = changesOf(before.custom, lead.custom, Object.keys({ ...before.custom, ...lead.custom }));
  const tagged = added.length > 0 || removed.length > 0;
  const edited = Object.keys(fields).length > 0 || Object.keys(custom).length > 0;
  if (!tagged && !edited) return [];
  const campaignId = theirs ?? (await campaignOfLead(tx, workspaceId, lead.id));
  const about = { leadId: lead.id, campaignId };
  const of = { leadId: lead.id, externalLeadId, campaignId, linkedinUrl, phone };
  return await recordEvents(tx, [
    ...(edited
      ? [newEvent(workspaceId, "lead.fields.updated", { ...of, email, fields, custom, changedBy }, about)]
      : []),
    ...tagSteps(before.tags, tags, added, removed).map((step) =>
      newEvent(workspaceId, "lead.tag.updated", { ...of, ...step, changedAt: at.toISOString(), ...why }, about),
    ),
  ]);
}

/** From the tags before to those after; `tags` of each step is what the lead has then, in the order of the end. */
function tagSteps(
  before: readonly string[],
  after: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): Pick<LeadTagUpdatedData, "tags" | "added" | "removed">[] {
  const has = new Set(before);
  for (const tag of removed) has.delete(tag);
  const tagsNow = () => after.filter((tag) => has.has(tag));
  const steps = removed.length > 0 ? [{ tags: tagsNow(), added: [] as string[], removed }] : [];
  return [
    ...steps,
    ...added.map((tag) => {
      has.add(tag);
      return { tags: tagsNow(), added: [tag], removed: [] };
    }),
  ];
}

const plainFields = leadFields.filter((field) => field !== "tags" && field !== "custom");

function changesOf<Key extends string>(
  before: Readonly<Partial<Record<Key, string | null>>>,
  after: Readonly<Partial<Record<Key, string | null>>>,
  keys: readonly Key[],
): Record<string, FieldChange> {
  // Other systems may have fields that are called as what each object has.
  const of = (lead: Readonly<Partial<Record<Key, string | null>>>, key: Key) =>
    Object.hasOwn(lead, key) ? (lead[key] ?? null) : null;
  const changes = keys.map((key) => [key, { old: of(before, key), new: of(after, key) }] as const);
  return Object.fromEntries(changes.filter(([, change]) => change.old !== change.new));
}
