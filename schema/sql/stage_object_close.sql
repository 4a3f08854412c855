-- Ends the current objects that are gone or changed.
-- params:  $1 cluster id integer, $2 generation integer
-- columns: none
update object o
set valid_to = $2
where o.cluster_id = $1 and o.valid_to is null
  and not exists (select from object_map m where m.key_id = o.key_id and m.state = 's');
