-- Ties each staged node to its current row: same content, changed, or new.  An incarnation keeps its
-- id; a new key or another uid gets a new one.  own_node is the cluster's partition of node.
-- params:  none
-- columns: none
insert into node_map (ix, id, old_id, same)
select s.ix, case when n.uid = s.uid then n.id else nextval('node_id') end, n.id,
       coalesce(n.content = s.content, false)
from node_stage s
left join own_node n on n.valid_to is null and n.key_id = s.key_id;
