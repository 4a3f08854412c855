-- Ends the current nodes that are gone or changed.
-- params:  $1 generation integer
-- columns: closed bigint, of which changed bigint
with closed as (
    update own_node n set valid_to = $1
    where n.valid_to is null
      and not exists (select from node_map m where m.old_id = n.id and m.same)
    returning n.id
)
select count(*), count(m.ix)
from closed c
left join node_map m on m.old_id = c.id;
