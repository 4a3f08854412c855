-- The alert that was kept under a dedup key.
-- params:  $1 dedup text
-- columns: id uuid, received microseconds, time microseconds, source text, rule text,
--          severity smallint, normal jsonb, match jsonb or null, risk jsonb or null
-- plan:    alert_dedup
select a.id, (extract(epoch from a.received) * 1000000)::bigint,
       (extract(epoch from a.time) * 1000000)::bigint, a.source, a.rule, a.severity,
       a.normal, a.match, a.risk
from alert a
where a.dedup = $1;
