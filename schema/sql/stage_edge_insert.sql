-- Writes the staged edges that are not current, once those that differ were closed.
-- params:  $1 generation integer, $2 cluster id integer
-- columns: none
insert into own_edge (src, dst, content, cluster_id, valid_from, kind, class, verdict, evidence)
select s.src, s.dst, s.content, $2, $1, s.kind, s.class, s.verdict, s.evidence::jsonb
from edge_stage s
where not exists (select from own_edge e
                  where e.valid_to is null
                    and e.src = s.src and e.dst = s.dst and e.kind = s.kind);
