import { recordLeadChange } from "../campaigns/lead-change.ts";
import { type Condition, storeTagReason } from "../db/assistant-condition.ts";
import type { TurnNotes } from "../db/assistant-turn.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { type Lead, updateLead } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { stopByTags } from "../db/stopping.ts";
import type { ChannelName } from "../domain/event.ts";

/** What is asked of each message of a lead, and what follows where it is so. */

/** Conditions that every workspace has; one of its own with the same name takes its place. */
const builtIn: readonly Pick<Condition, "id" | "kind" | "name" | "condition">[] = [
  {
    ...{ id: "isHot", kind: "tag", name: "isHot" },
    condition:
      "The person shows clear interest now: wants to buy, book, meet, get an offer, or asks about price, availability or the next step.",
  },
  {
    ...{ id: "isQualified", kind: "tag", name: "isQualified" },
    condition: "By what the person says, the objectives are met, or the person is one that the business looks for.",
  },
];

export type AskedCondition = Pick<Condition, "id" | "kind" | "name" | "condition">;

/** Those that are asked of leads of a profile. `own`: the workspace's. */
export function conditionsFor(own: readonly Condition[], profileId: string): AskedCondition[] {
  const names = new Set(own.filter(({ kind }) => kind === "tag").map(({ name }) => name));
  return [
    ...builtIn.filter(({ name }) => !names.has(name)),
    ...own.filter(({ enabled, profileId: of }) => enabled && (of === null || of === profileId)),
  ];
}

/** What the model said of them, as it is kept: an answer about something that was not asked counts for nothing. */
export function notesOf(
  asked: readonly AskedCondition[],
  said: readonly { id: string; met: boolean; reason: string }[],
): TurnNotes["conditions"] {
  const byId = new Map(asked.map((condition) => [condition.id, condition]));
  return said.flatMap(({ id, met, reason }) => {
    const condition = byId.get(id);
    return condition ? [{ id, name: condition.name, kind: condition.kind, met, reason }] : [];
  });
}

/**
 * Tags the lead, and tells those who want to know, where conditions are met; each tag is an event of its own, as Apten's
 * handlers know them. The lead is locked.
 */
export async function applyConditions(
  tx: Queryable,
  workspaceId: string,
  lead: Lead,
  notes: TurnNotes["conditions"],
  about: { channel: ChannelName; turnId: string; messageId: string | null },
): Promise<TouchedLane[]> {
  const lanes: TouchedLane[] = [];
  let current = lead;
  for (const { kind, name, met, reason } of notes) {
    if (!met) continue;
    if (kind === "tag") {
      if (current.tags.includes(name)) continue;
      const changed = await updateLead(tx, workspaceId, lead.id, { addTags: [name] });
      if (!changed) continue;
      const why = { channel: about.channel, reason };
      lanes.push(...(await recordLeadChange(tx, workspaceId, current, changed, "api", undefined, why)));
      const { messageId, turnId } = about;
      await storeTagReason(tx, workspaceId, lead.id, { tag: name, reason, messageId, turnId });
      await stopByTags(tx, workspaceId, lead.id);
      current = changed;
    } else {
      const { externalLeadId, linkedinUrl, phone, email } = lead;
      const data = {
        ...{ leadId: lead.id, externalLeadId, channel: about.channel, linkedinUrl, phone, email, name },
        message: reason,
      };
      const event = newEvent(workspaceId, "notification.created", data, { leadId: lead.id, channel: about.channel });
      lanes.push(...(await recordEvents(tx, [event])));
    }
  }
  return lanes;
}
