-- What a destination shows its receiver beside the signature: credentials (`auth`) and a TLS client certificate with its
-- key, or authorities of one's own (`tls`). Sealed JSON, as secrets are; `*_shown` is what of it may be read.
alter table destination
  add column auth bytea,
  add column auth_shown jsonb,
  add column tls bytea,
  add column tls_shown jsonb,
  add constraint destination_auth_shown check ((auth is null) = (auth_shown is null)),
  add constraint destination_tls_shown check ((tls is null) = (tls_shown is null));
