-- A lane of deliveries may have twice as many places: what waits to be written holds up to 900 of them, so that with 1,024 its
-- connections stood still for a tenth of the time. 1,024 was the default and the most; whoever has set less keeps it.
alter table lane
  drop constraint lane_concurrency_limit_check,
  add constraint lane_concurrency_limit_check check (concurrency_limit between 1 and 2048);
update lane set concurrency_limit = 2048 where kind = 'delivery' and concurrency_limit = 1024;
