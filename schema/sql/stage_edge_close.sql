-- Ends the current edges that are gone or changed.
-- params:  $1 cluster id integer, $2 generation integer
-- columns: none
update edge e
set valid_to = $2
where e.cluster_id = $1 and e.valid_to is null
  and not exists (select from edge_map m
                  where m.src = e.src and m.dst = e.dst and m.kind = e.kind and m.state = 's');
