-- A campaign's messages by time, for those who ask for them by time and say the condition (`byTime` of few.ts). Without it, the planner
-- takes this index on an empty table for the messages of one lead of the campaign, too, and reads all of the campaign's for each.
drop index message_of_campaign;
create index message_of_campaign on message (campaign_id, created_at, workspace_id) where campaign_id is not null and created_at > '-infinity';
