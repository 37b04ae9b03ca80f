import { Badge, Title } from "@mantine/core";
import { TextLink } from "../../ui/link.tsx";
import review from "../../ui/review.module.css";
import { Time } from "../../ui/time.tsx";
import type { Approval } from "./approvals-page.tsx";
import { CampaignContent, LeadsContent } from "./campaign-content.tsx";
import { Conversation } from "./conversation.tsx";
import { Decision } from "./decision.tsx";
import { t } from "./texts.ts";

/** What somebody asks for, with all of its content, and what a person makes of it. */
export function ApprovalCard({ approval }: { approval: Approval }) {
  const { action, names, note, status, leadId, campaignId, conversationId } = approval;
  const asker = names.askedBy ?? t.unknownAsker;
  const title = titleOf(approval);
  const written = action === "send_message" || action === "reply";
  return (
    <article className={review.card} aria-label={title}>
      <header className={review.head}>
        <Title order={2}>{title}</Title>
        {approval.draft && (
          <Badge color="gray" variant="default" tt="none" fw={500}>
            {t.draft}
          </Badge>
        )}
        <span className={review.meta} style={{ marginLeft: "auto" }}>
          {t.by(asker)} · <Time at={approval.createdAt} />
          {(status === "waiting" || status === "expired") && (
            <>
              {" · "}
              {status === "waiting" ? t.expires : t.expired} <Time at={approval.expiresAt} />
            </>
          )}
        </span>
      </header>
      <div className={review.columns}>
        <div className={review.side}>
          {note && (
            <div>
              <p className={review.label}>{t.whyText(asker)}</p>
              <p className={`${review.text} ${review.quote}`}>{note}</p>
            </div>
          )}
          {written && <Conversation approval={approval} />}
          {action === "enroll_leads" && <LeadsContent request={approval.request} />}
          {campaignId !== null && <CampaignContent campaignId={campaignId} />}
          <p className={review.meta} style={{ margin: 0 }}>
            {[
              conversationId !== null && (
                <TextLink key="conversation" to={`/inbox/${conversationId}`} inherit underline="always">
                  {t.openConversation}
                </TextLink>
              ),
              leadId !== null && (
                <TextLink key="lead" to={`/leads/${leadId}`} inherit underline="always">
                  {t.openLead}
                </TextLink>
              ),
              campaignId !== null && (
                <TextLink key="campaign" to={`/campaigns/${campaignId}`} inherit underline="always">
                  {t.openCampaign}
                </TextLink>
              ),
            ]
              .filter((link) => link !== false)
              .map((link, at) => [at > 0 && " · ", link])}
          </p>
        </div>
        <div className={review.side}>
          <Decision key={`${approval.id} ${status}`} approval={approval} />
        </div>
      </div>
    </article>
  );
}

/** What it is, as a person would say it. */
export function titleOf({ action, request, names }: Approval): string {
  const lead = names.lead ?? t.somebody;
  const campaign = names.campaign ?? t.someCampaign;
  switch (action) {
    case "send_message": {
      const channel = request.channel as keyof typeof t.channels | undefined;
      return t.sendTitle((channel && t.channels[channel]) ?? t.message, lead);
    }
    case "reply":
      return t.replyTitle(lead);
    case "start_campaign":
      return t.startTitle(campaign);
    case "resume_campaign":
      return t.resumeTitle(campaign);
    case "enroll_leads":
      return Array.isArray(request.leadIds)
        ? t.enrollTitle(request.leadIds.length, campaign)
        : t.enrollMatching(campaign);
  }
}
