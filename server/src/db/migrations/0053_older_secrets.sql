-- Secrets from before the previous one that are still good: [{"secret": "sealed, base64", "until": "time"}], the latest first.
-- Null: none.
alter table destination add column older_secrets jsonb;
