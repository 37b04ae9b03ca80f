-- Since when a campaign's failures count for its guard rails: since somebody resumed it after they had paused it.
alter table campaign add column guarded_from timestamptz;
