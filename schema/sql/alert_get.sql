-- One alert, with the payload as it was sent.
-- params:  $1 id uuid
-- columns: id uuid, received microseconds, time microseconds, source text, rule text,
--          severity smallint, normal jsonb, match jsonb or null, risk jsonb or null, raw text
-- plan:    alert_pkey
select a.id, (extract(epoch from a.received) * 1000000)::bigint,
       (extract(epoch from a.time) * 1000000)::bigint, a.source, a.rule, a.severity,
       a.normal, a.match, a.risk, a.raw
from alert a
where a.id = $1;
