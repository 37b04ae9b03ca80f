-- The provider has called another message of the same sender so, too: what it reports under this ID may be about either.
alter table message add column provider_id_shared boolean;
