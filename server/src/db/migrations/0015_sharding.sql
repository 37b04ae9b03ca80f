-- As before, and now what is updated names its workspace, too: a sharded PostgreSQL finds its node by that.
create or replace function arrange_order(of_workspace text, of_lane text, keys text[]) returns int language plpgsql as $$
declare
  released int;
begin
  perform 1 from lane l where l.workspace_id = of_workspace and l.id = of_lane for no key update;
  -- What waits in front of something that happened before it goes back. Its own time to wait is forgotten: it is due when
  -- what is before it has ended.
  update outbox o set due_at = 'infinity'
  from unnest(keys) as k (key)
  cross join lateral (
    select f.ctid as tid, f.ref from outbox f
    where f.order_key = k.key and f.lane_id = of_lane and f.workspace_id = of_workspace and f.order_key is not null
      and f.due_at < 'infinity' and f.lease is null
    limit 1
  ) f
  where o.ctid = f.tid and o.workspace_id = of_workspace and (
    select h.ref from outbox h
    where h.order_key = k.key and h.lane_id = of_lane and h.workspace_id = of_workspace and h.order_key is not null
      and h.due_at = 'infinity'
    order by h.ref limit 1) < f.ref;
  update outbox o set due_at = now()
  from unnest(keys) as k (key)
  cross join lateral (
    select h.ctid as tid from outbox h
    where h.order_key = k.key and h.lane_id = of_lane and h.workspace_id = of_workspace and h.order_key is not null
      and h.due_at = 'infinity'
    order by h.ref limit 1
  ) h
  where o.ctid = h.tid and o.workspace_id = of_workspace and (
    select 1 from outbox f
    where f.order_key = k.key and f.lane_id = of_lane and f.workspace_id = of_workspace and f.order_key is not null
      and f.due_at < 'infinity'
    limit 1) is null;
  get diagnostics released = row_count;
  if released > 0 then
    update lane l set ready_at = now()
    where l.workspace_id = of_workspace and l.id = of_lane and (l.ready_at is null or l.ready_at > now());
  end if;
  return released;
end $$;
