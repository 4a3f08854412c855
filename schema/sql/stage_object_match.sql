-- Ties each staged object to its current row: same content, changed, or new.
-- params:  $1 cluster id integer
-- columns: none
insert into object_map (ix, key_id, state)
select s.ix, s.key_id,
       case when o.content is null then 'a' when o.content = s.content then 's' else 'c' end
from object_stage s
left join object o on o.cluster_id = $1 and o.valid_to is null and o.key_id = s.key_id;
