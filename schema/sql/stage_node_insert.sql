-- Writes the nodes that are new or changed.
-- params:  $1 generation integer, $2 cluster id integer
-- columns: none
insert into own_node (id, cluster_id, valid_from, kind, jewel, weight, key_id, content, key, ns, name,
                      uid, labels, props)
select m.id, $2, $1, s.kind, s.jewel, s.weight, s.key_id, s.content, s.key, s.ns, s.name,
       s.uid, s.labels::jsonb, s.props::jsonb
from node_map m
join node_stage s on s.ix = m.ix
where not m.same;
