-- Acts that say nothing about a person but IDs keep their content in the entry itself: one row in place of two, for what is
-- called thousands of times a second. Such content is never erased, so its hash (content_hash) is of the text alone.
alter table audit_entry add column detail text;
