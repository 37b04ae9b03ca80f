-- Destinations that get each lead's events one after the other, in the order of the events' IDs.

alter table destination add column ordering text not null default 'none' check (ordering in ('none', 'lead'));

-- What must not overtake each other in its lane: the lead's ID. Null: ordered behind nothing. Of the rows of one lane and key
-- exactly one is in front; the others are held: due at 'infinity', which no claim takes.
alter table outbox add column order_key text collate "C";

-- Both are empty where nothing is ordered. There can't be two in front.
create unique index outbox_front on outbox (order_key, lane_id, workspace_id) where order_key is not null and due_at < 'infinity';
create index outbox_held on outbox (order_key, lane_id, ref) where order_key is not null and due_at = 'infinity';

-- Puts in front, for each of these keys of a lane, what happened first of all that waits, unless one is under way; answers
-- how many were let go. Whoever adds rows of a key, deletes its front, or makes it wait again calls this in the same
-- statement or transaction.
--
-- A function and not a part of those statements, since each statement in it sees what was committed before it began: what
-- comes after the lock sees the work of whoever had the lane before. A single statement sees what was there when it began,
-- and would hold a row behind one that another session has deleted meanwhile. One look-up a key, each time: as joins these
-- would become walks over all that is held, by a planner that takes the table for empty.
create function arrange_order(of_workspace text, of_lane text, keys text[]) returns int language plpgsql as $$
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
  where o.ctid = f.tid and (
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
  where o.ctid = h.tid and (
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
