-- Keeps an alert, or counts it if one with this dedup key is there already; the row either way.
-- params:  $1 time, $2 source, $3 rule, $4 severity, $5 dedup, $6 raw, $7 normal
--          of the types of their columns
-- columns: id uuid, received, last received and time in microseconds, source text, rule text,
--          severity smallint, occurrences integer, normal jsonb
-- plan:    alert_dedup
insert into alert (time, source, rule, severity, dedup, raw, normal)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (dedup) do update
    set occurrences = alert.occurrences + 1, last_received = now()
returning id, (extract(epoch from received) * 1000000)::bigint,
       (extract(epoch from last_received) * 1000000)::bigint,
       (extract(epoch from time) * 1000000)::bigint, source, rule, severity, occurrences, normal;
