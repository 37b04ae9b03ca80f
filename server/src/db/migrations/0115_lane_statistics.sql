-- Each message and delivery updates its lane some four times, so that a table of a few rows was analysed each second, and every session
-- made all plans with lanes in them anew after it: nearly all that there are. How many lanes there are vacuum says, which stays as it is.
alter table lane set (autovacuum_analyze_scale_factor = 0.3, autovacuum_analyze_threshold = 100000);
