-- Ends the current nodes that are gone or changed.
-- params:  $1 cluster id integer, $2 generation integer
-- columns: none
update node n
set valid_to = $2
where n.cluster_id = $1 and n.valid_to is null
  and not exists (select from node_map m where m.old_id = n.id and m.state = 's');
