-- Writes the edges that are new or changed, in the order of edge_out, which then grows at its end.
-- params:  $1 cluster id integer, $2 generation integer
-- columns: none
insert into edge (src, dst, content, cluster_id, valid_from, kind, class, verdict, evidence)
select m.src, m.dst, s.content, $1, $2, m.kind, s.class, s.verdict, s.evidence::jsonb
from edge_map m
join edge_stage s on s.ix = m.ix
where m.state <> 's'
order by m.src, m.kind, m.dst;
