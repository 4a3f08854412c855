-- The newest alerts, for ranking on the current snapshot.
-- params:  $1 limit bigint
-- columns: id uuid, received, last received and time in microseconds, source text, rule text,
--          severity smallint, occurrences integer, normal jsonb
-- plan:    alert_received
select a.id, (extract(epoch from a.received) * 1000000)::bigint,
       (extract(epoch from a.last_received) * 1000000)::bigint,
       (extract(epoch from a.time) * 1000000)::bigint, a.source, a.rule, a.severity, a.occurrences,
       a.normal
from alert a
order by a.received desc, a.id desc
limit $1;
