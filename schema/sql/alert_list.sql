-- The newest alerts, for ranking on the current snapshot.
-- params:  $1 limit bigint
-- columns: id uuid, received microseconds, time microseconds, source text, rule text,
--          severity smallint, normal jsonb, match jsonb or null, risk jsonb or null
-- plan:    alert_received
select a.id, (extract(epoch from a.received) * 1000000)::bigint,
       (extract(epoch from a.time) * 1000000)::bigint, a.source, a.rule, a.severity,
       a.normal, a.match, a.risk
from alert a
order by a.received desc, a.id desc
limit $1;
