import { analyticsEndpoints } from "./analytics.ts";
import { analyticsCampaignEndpoints } from "./analytics-campaign.ts";
import { analyticsDeliveryEndpoints } from "./analytics-deliveries.ts";
import { analyticsReplyEndpoints } from "./analytics-replies.ts";
import { apiKeyEndpoints } from "./api-keys.ts";
import { approvalEndpoints } from "./approvals.ts";
import { aptenAssistantEndpoints } from "./apten/assistant.ts";
import { aptenConsentEndpoints } from "./apten/consent.ts";
import { aptenEventEndpoints } from "./apten/events.ts";
import { aptenLeadListEndpoints } from "./apten/lead-list.ts";
import { aptenLeadEndpoints } from "./apten/leads.ts";
import { aptenMessageEndpoints } from "./apten/messages.ts";
import { assistantConditionEndpoints } from "./assistant-conditions.ts";
import { assistantLeadEndpoints } from "./assistant-leads.ts";
import { assistantModelEndpoints } from "./assistant-model.ts";
import { assistantTurnEndpoints } from "./assistant-turns.ts";
import { auditEndpoints } from "./audit.ts";
import type { KeyRing } from "./auth.ts";
import { campaignArchiveEndpoints } from "./campaign-archive.ts";
import { campaignFileEndpoints } from "./campaign-file.ts";
import { campaignLeadEndpoints } from "./campaign-leads.ts";
import { campaignProgressEndpoints } from "./campaign-progress.ts";
import { campaignResultEndpoints } from "./campaign-results.ts";
import { campaignStateEndpoints } from "./campaign-state.ts";
import { campaignEndpoints } from "./campaigns.ts";
import { complianceEndpoints } from "./compliance.ts";
import { consumerEndpoints } from "./consumers.ts";
import { conversationAnswerEndpoints } from "./conversation-answer.ts";
import { conversationWritingEndpoints } from "./conversation-writing.ts";
import { conversationEndpoints } from "./conversations.ts";
import { csvImportEndpoints } from "./csv-imports.ts";
import { deliveryEndpoints } from "./deliveries.ts";
import { destinationEnableEndpoints } from "./destination-enable.ts";
import { destinationKindEndpoints } from "./destination-kinds.ts";
import { destinationOAuthEndpoints } from "./destination-oauth.ts";
import { destinationPreviewEndpoints } from "./destination-preview.ts";
import { destinationVerifyEndpoints } from "./destination-system.ts";
import { destinationTestEndpoints } from "./destination-test.ts";
import { destinationEndpoints } from "./destinations.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventStreamEndpoint } from "./event-stream.ts";
import { eventEndpoints } from "./events.ts";
import { explainEndpoints } from "./explain.ts";
import { healthEndpoints } from "./health.ts";
import { inboxEndpoints } from "./inbox.ts";
import { inboxConversationEndpoints } from "./inbox-conversations.ts";
import { invitationAcceptEndpoints } from "./invitation-accept.ts";
import { invitationEndpoints } from "./invitations.ts";
import { knowledgeEndpoints } from "./knowledge.ts";
import { knowledgeTextEndpoints } from "./knowledge-text.ts";
import { leadContactEndpoints } from "./lead-contact.ts";
import { leadFieldEndpoints } from "./lead-fields.ts";
import { leadIntakeEndpoints } from "./lead-intake.ts";
import { leadPauseEndpoints } from "./lead-pause.ts";
import { leadPrivacyEndpoints } from "./lead-privacy.ts";
import { leadEndpoints } from "./leads.ts";
import { listImportEndpoints } from "./list-imports.ts";
import { memberEndpoints } from "./members.ts";
import { messageAttachmentEndpoints } from "./message-attachment.ts";
import { messageEndpoints } from "./messages.ts";
import { oidcEndpoints } from "./oidc.ts";
import { previewEndpoints } from "./preview.ts";
import { profileEndpoints } from "./profiles.ts";
import { replayEndpoints } from "./replays.ts";
import { sandboxReplyEndpoints } from "./sandbox-reply.ts";
import { senderMailboxEndpoints } from "./sender-mailbox.ts";
import { senderSignInEndpoints } from "./sender-sign-in.ts";
import { senderUsageEndpoints } from "./sender-usage.ts";
import { senderVerifyEndpoints } from "./sender-verify.ts";
import { senderEndpoints } from "./senders.ts";
import { sessionEndpoints } from "./session.ts";
import { sessionReadEndpoints } from "./session-reads.ts";
import { setupEndpoints } from "./setup.ts";
import { simulateEndpoints } from "./simulate.ts";
import { snippetEndpoints } from "./snippets.ts";
import { sourceItemEndpoints } from "./source-items.ts";
import { sourceEndpoints } from "./sources.ts";
import { suppressionEndpoints } from "./suppressions.ts";
import { taskEndpoints } from "./tasks.ts";
import { timelineEndpoints } from "./timeline.ts";
import { viewEndpoints } from "./views.ts";
import { workspaceEndpoints } from "./workspace.ts";
import { workspaceListEndpoints } from "./workspaces.ts";

/** Every endpoint of the API, in the order of the reference. */
export function allEndpoints(keys: KeyRing): readonly Endpoint[] {
  return [
    ...leadEndpoints,
    ...leadPauseEndpoints,
    ...leadContactEndpoints,
    ...leadIntakeEndpoints,
    ...leadFieldEndpoints,
    ...leadPrivacyEndpoints,
    ...viewEndpoints,
    ...csvImportEndpoints,
    ...listImportEndpoints,
    ...campaignEndpoints,
    ...campaignFileEndpoints,
    ...campaignStateEndpoints,
    ...campaignArchiveEndpoints,
    ...campaignProgressEndpoints,
    ...campaignLeadEndpoints,
    ...campaignResultEndpoints,
    ...simulateEndpoints,
    ...explainEndpoints,
    ...timelineEndpoints,
    ...previewEndpoints,
    ...taskEndpoints,
    ...messageEndpoints,
    ...messageAttachmentEndpoints,
    ...conversationEndpoints,
    ...conversationAnswerEndpoints,
    ...conversationWritingEndpoints,
    ...snippetEndpoints,
    ...profileEndpoints,
    ...knowledgeEndpoints,
    ...knowledgeTextEndpoints,
    ...assistantTurnEndpoints,
    ...assistantLeadEndpoints,
    ...assistantConditionEndpoints,
    ...assistantModelEndpoints,
    ...inboxEndpoints,
    ...inboxConversationEndpoints,
    ...approvalEndpoints,
    ...senderEndpoints,
    ...senderUsageEndpoints,
    ...sandboxReplyEndpoints,
    ...senderMailboxEndpoints,
    ...senderVerifyEndpoints,
    ...senderSignInEndpoints,
    ...destinationEndpoints,
    ...destinationEnableEndpoints,
    ...destinationTestEndpoints,
    ...destinationVerifyEndpoints,
    ...analyticsEndpoints,
    ...analyticsCampaignEndpoints,
    ...analyticsReplyEndpoints,
    ...analyticsDeliveryEndpoints,
    ...destinationKindEndpoints,
    ...destinationOAuthEndpoints,
    ...auditEndpoints,
    ...destinationPreviewEndpoints,
    ...deliveryEndpoints,
    ...eventEndpoints,
    ...replayEndpoints,
    eventStreamEndpoint,
    ...consumerEndpoints,
    ...sourceEndpoints,
    ...sourceItemEndpoints,
    ...suppressionEndpoints,
    ...complianceEndpoints,
    ...workspaceEndpoints,
    ...workspaceListEndpoints,
    ...sessionEndpoints,
    ...sessionReadEndpoints,
    ...oidcEndpoints,
    ...setupEndpoints,
    ...memberEndpoints,
    ...invitationEndpoints,
    ...invitationAcceptEndpoints,
    ...apiKeyEndpoints(keys),
    ...aptenLeadEndpoints,
    ...aptenLeadListEndpoints,
    ...aptenMessageEndpoints,
    ...aptenEventEndpoints,
    ...aptenAssistantEndpoints,
    ...aptenConsentEndpoints,
    ...healthEndpoints,
  ];
}
