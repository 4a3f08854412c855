-- Ties each staged node to its current row: same content, changed, or new.  An incarnation keeps its
-- id; a new key or another uid gets a new one.
-- params:  $1 cluster id integer
-- columns: none
insert into node_map (ix, id, old_id, state)
select s.ix, case when n.uid = s.uid then n.id else nextval('node_id') end, n.id,
       case when n.id is null then 'a' when n.content = s.content then 's' else 'c' end
from node_stage s
left join node n on n.cluster_id = $1 and n.valid_to is null and n.key_id = s.key_id;
