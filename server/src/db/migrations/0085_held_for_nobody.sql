-- Messages that were held, and whose lead will never come to their step again: it was removed, or the lead left the campaign or
-- passed the step. They were held for ever.
update message m set status = 'blocked', updated_at = now(),
  status_code = case when s.id is null then 'step_removed' when e.state = 'active' then 'step_passed' else 'left_campaign' end,
  status_detail = case when s.id is null then 'The step was taken out of the campaign.' when e.state = 'active' then 'The lead passed the step.'
    else 'The lead is no longer in the campaign.' end
from message h
left join enrollment e on e.workspace_id = h.workspace_id and e.campaign_id = h.campaign_id and e.lead_id = h.lead_id
left join step s on s.workspace_id = h.workspace_id and s.campaign_id = h.campaign_id and s.id = h.step_id
where h.status = 'held' and h.source = 'campaign' and h.campaign_id is not null
  and (s.id is null or e.lead_id is null or e.state not in ('active', 'held') or e.next_step_id is distinct from h.step_id)
  and m.workspace_id = h.workspace_id and m.id = h.id and m.status = 'held';
