-- What an SMS or email of a lead was taken for: with Twilio's advanced opt-out its text doesn't say so. Null: no keyword, or older than this column.
alter table message add column keyword text check (keyword in ('stop', 'start', 'help'));
