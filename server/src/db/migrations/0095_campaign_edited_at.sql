-- When somebody last changed what a campaign is, apart from its being started, paused or finished: what `ifUpdatedAt` is compared with.
alter table campaign add column edited_at timestamptz not null default now();
update campaign set edited_at = updated_at;
