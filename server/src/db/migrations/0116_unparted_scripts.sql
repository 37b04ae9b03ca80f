-- Knowledge in scripts without blanks between words is found by each two characters in a row, of Thai and its like by each three
-- (`piecesOf` in domain/passages.ts). What is known already gets them here; most have no such character.
update knowledge_passage set words = words || to_tsvector('simple', coalesce((
    select string_agg(distinct substr(r.run[1], i, 2), ' ')
    from regexp_matches(text, '[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}', 'g') as r (run)
    cross join lateral generate_series(1, length(r.run[1]) - 1) as i
  ), '') || ' ' || coalesce((
    select string_agg(distinct substr(r.run[1], i, 3), ' ')
    from regexp_matches(text, '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{3,}', 'g') as r (run)
    cross join lateral generate_series(1, length(r.run[1]) - 2) as i
  ), ''))
where text ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]';
