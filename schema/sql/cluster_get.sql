-- A cluster that has a generation.
-- params:  $1 name text
-- columns: id integer, generation integer, source text, coverage text, taken_at microseconds
-- plan:    cluster_name_key
select c.id, c.generation, c.source, c.coverage, (extract(epoch from c.taken_at) * 1000000)::bigint
from cluster c
where c.name = $1 and c.generation > 0;
