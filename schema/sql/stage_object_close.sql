-- Ends the current objects that are gone or changed.  own_object is the cluster's partition of object.
-- params:  $1 generation integer
-- columns: closed bigint, of which changed bigint
with closed as (
    update own_object o set valid_to = $1
    where o.valid_to is null
      and not exists (select from object_stage s
                      where s.key_id = o.key_id and s.content = o.content)
    returning o.key_id
)
select count(*), count(s.key_id)
from closed c
left join object_stage s on s.key_id = c.key_id;
