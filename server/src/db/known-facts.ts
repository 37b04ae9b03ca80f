/** What is known about a lead when its step asks something (domain/sequence/condition.ts). */
export interface KnownFacts {
  /** Senders with whom it is connected on LinkedIn; "" stands for one of nobody knows whom. */
  connectedWith: string[];
  replied: boolean;
  /** IDs of the steps of this campaign whose messages were opened, and whose links were followed. */
  opened: string[];
  clicked: string[];
  tags: string[];
  /** Unix milliseconds; null: nothing ever went out to it. */
  lastTouchAt: number | null;
}

/** The facts about the lead `l` in the campaign of `e` (an enrollment), of the workspace $1. */
export const knownFacts = (e: string) => `json_build_object(
    'connectedWith', array(select v.sender_id from conversation v where v.lead_id = l.id and v.channel = 'linkedin' and v.workspace_id = $1
        and v.connected_at is not null union all select '' where l.connected_at is not null),
    'replied', l.replied_at is not null,
    'opened', array(select m.step_id from message m where m.campaign_id = ${e}.campaign_id and m.lead_id = l.id and m.workspace_id = $1 and m.opened_at is not null),
    'clicked', array(select m.step_id from message m where m.campaign_id = ${e}.campaign_id and m.lead_id = l.id and m.workspace_id = $1 and m.clicked_at is not null),
    'tags', l.tags,
    'lastTouchAt', (select extract(epoch from max(coalesce(m.sent_at, m.attempted_at))) * 1000 from message m
      where m.lead_id = l.id and m.workspace_id = $1 and m.direction = 'outbound' and m.status in ('sending', 'uncertain', 'sent')))`;
