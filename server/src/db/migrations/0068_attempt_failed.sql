-- What failed for good, of a destination: few among all its attempts, which a list of them would else walk over.
create index attempt_failed on attempt (workspace_id, lane_id, started_at, ref)
  where kind = 'delivery' and final and outcome not in ('succeeded', 'filtered');
