-- One generation of a cluster, current or not.
-- params:  $1 cluster name text, $2 number integer
-- columns: cluster id integer, number integer, source text, coverage text, started microseconds
-- plan:    cluster_name_key, generation_pkey
select g.cluster_id, g.number, g.source, g.coverage, (extract(epoch from g.started) * 1000000)::bigint
from cluster c
join generation g on g.cluster_id = c.id
where c.name = $1 and g.number = $2;
