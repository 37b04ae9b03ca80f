import type { Approval } from "./approval.ts";
import type { NewEvent } from "./event.ts";
import { newEvent } from "./new-event.ts";

/** Only for destinations that name them: what waits for people inside is nobody else's news. */
const about = ({ leadId, campaignId }: Approval) => ({ leadId, campaignId, namedOnly: true });
const facts = ({ id, action, leadId, campaignId, conversationId }: Approval) => ({
  ...{ approvalId: id, action, leadId, campaignId, conversationId },
});

/** It waits for a person. */
export function approvalCreated(workspaceId: string, approval: Approval): NewEvent {
  const { draft, note, askedBy, createdAt, expiresAt } = approval;
  const times = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
  return newEvent(
    workspaceId,
    "approval.created",
    { ...facts(approval), draft, note, askedBy, ...times },
    about(approval),
  );
}

/** What became of it: it waits no more. */
export function approvalDecided(
  workspaceId: string,
  approval: Approval,
  outcome: "done" | "failed" | "rejected",
): NewEvent {
  const { decidedBy, decisionNote: note, decidedAt } = approval;
  const at = (decidedAt ?? new Date()).toISOString();
  return newEvent(
    workspaceId,
    "approval.decided",
    { ...facts(approval), outcome, decidedBy, note, decidedAt: at },
    about(approval),
  );
}
