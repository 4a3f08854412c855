-- Every cluster that has a generation, by name.
-- params:  none
-- columns: name text, generation integer, taken_at microseconds, source text, coverage text,
--          nodes integer, edges integer, objects integer
-- plan:    generation_pkey
select c.name, c.generation, (extract(epoch from c.taken_at) * 1000000)::bigint, c.source, c.coverage,
       g.nodes, g.edges, g.objects
from cluster c
join generation g on g.cluster_id = c.id and g.number = c.generation
order by c.name collate "C";
