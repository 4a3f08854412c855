-- What a writer must know of its cluster, whose row it takes.
-- params:  $1 id integer, $2 coverage to compare with, jsonb
-- columns: generation integer, secret hex text, coverage is the same boolean
-- plan:    cluster_pkey
select c.generation, replace(c.secret::text, '-', ''), c.coverage = $2::jsonb
from cluster c
where c.id = $1
for update;
