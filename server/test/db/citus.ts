import type { Database } from "../../src/db/pool.ts";

/**
 * What Herald asks of Citus, imitated on one PostgreSQL from its documentation, and as strict about unique indexes, foreign
 * keys, triggers and colocation: nothing is moved anywhere. The real one has its tables and functions in pg_catalog.
 */
export async function imitateCitus(db: Database): Promise<void> {
  await db.query(`
create schema citus;
create table citus.pg_dist_partition (logicalrelid regclass primary key, partmethod "char", repmodel "char");
create table citus.pg_dist_local_group as select 0 as groupid;
create table citus.pg_dist_object (classid oid, objid oid, primary key (classid, objid));
create function citus.citus_version() returns text return 'Citus 13.0.1 on x86_64';
create function citus.create_distributed_function(f regprocedure) returns void language sql as
  $$ insert into citus.pg_dist_object values ('pg_proc'::regclass, f) $$;
create function citus.create_reference_table(t regclass) returns void language plpgsql as $$
begin
  if exists (select from pg_constraint where conrelid = t and contype = 'f'
      and confrelid not in (select logicalrelid from citus.pg_dist_partition)) then
    raise exception 'referenced table must be a distributed table or a reference table';
  end if;
  insert into citus.pg_dist_partition values (t, 'n', 't');
end $$;
create function citus.create_distributed_table(t regclass, c text, colocate_with text) returns void language plpgsql as $$
begin
  if exists (select from pg_trigger where tgrelid = t and not tgisinternal)
      and current_setting('citus.enable_unsafe_triggers', true) is distinct from 'on' then
    raise exception 'cannot distribute relation "%" because it has triggers', t;
  end if;
  if exists (select from pg_index i where i.indrelid = t and i.indisunique and not exists (
      select from pg_attribute a where a.attrelid = t and a.attname = c and a.attnum = any(i.indkey))) then
    raise exception 'cannot create constraint on "%": distributed relations cannot have UNIQUE constraints that do not include the partition column', t;
  end if;
  if colocate_with <> 'none' and not exists (
      select from citus.pg_dist_partition where logicalrelid = to_regclass(colocate_with) and partmethod = 'h') then
    raise exception 'relation % is not distributed', colocate_with;
  end if;
  insert into citus.pg_dist_partition values (t, 'h', 's');
end $$;
do $$ begin execute format('alter database %I set search_path = public, citus', current_database()); end $$`);
}

export async function sayVersion(db: Database, version: string): Promise<void> {
  await db.query(`create or replace function citus.citus_version() returns text return '${version}'`);
}
