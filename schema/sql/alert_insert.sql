-- Keeps an alert.  No row back: one with this dedup key is there already (alert_by_dedup gets it).
-- params:  $1 time, $2 source, $3 rule, $4 severity, $5 dedup, $6 raw, $7 normal, $8 match, $9 risk
--          of the types of their columns; match and risk may be null
-- columns: id uuid, received microseconds
insert into alert (time, source, rule, severity, dedup, raw, normal, match, risk)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (dedup) do nothing
returning id, (extract(epoch from received) * 1000000)::bigint;
