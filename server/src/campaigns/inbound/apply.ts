import type { InboundFact } from "../../domain/inbound.ts";
import { applyAccountState } from "./account.ts";
import { applyBounce, applyComplaint, applyUnsubscribe } from "./bounce.ts";
import { applyCampaignNews } from "./campaign.ts";
import type { Applied, Arrival } from "./context.ts";
import { applyLeadChange, applyOptOut } from "./lead-news.ts";
import { applyNotification } from "./notification.ts";
import { applyInvitation, applyOutsideMessage } from "./outside-message.ts";
import { applyRelation } from "./relation.ts";
import { applyReply } from "./reply.ts";
import { applyReport } from "./report.ts";
import { withSide } from "./side.ts";

/** What a fact from outside does to leads, conversations and sequences, in the transaction of the arrival. */
export async function applyFact(arrival: Arrival, fact: InboundFact): Promise<Applied> {
  switch (fact.kind) {
    case "message": {
      const message = fact.unsaidSide ? await withSide(arrival, fact) : fact;
      const isReply = message.direction === "in";
      return isReply ? await applyReply(arrival, message) : await applyOutsideMessage(arrival, message);
    }
    case "report":
      return await applyReport(arrival, fact);
    case "bounce":
      return await applyBounce(arrival, fact);
    case "complaint":
      return await applyComplaint(arrival, fact);
    case "unsubscribe":
      return await applyUnsubscribe(arrival, fact);
    case "relation":
      return await applyRelation(arrival, fact);
    case "invitation":
      return await applyInvitation(arrival, fact);
    case "account":
      return await applyAccountState(arrival, fact);
    case "opt_out":
      return await applyOptOut(arrival, fact);
    case "lead":
      return await applyLeadChange(arrival, fact);
    case "notification":
      return await applyNotification(arrival, fact);
    case "campaign":
      return await applyCampaignNews(arrival, fact);
  }
}
