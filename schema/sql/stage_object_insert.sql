-- Writes the staged objects that are not current, once those that differ were closed.
-- params:  $1 generation integer, $2 cluster id integer
-- columns: none
insert into own_object (cluster_id, valid_from, key_id, content, resource, ns, name, uid, trimmed)
select $2, $1, s.key_id, s.content, s.resource, s.ns, s.name, s.uid, s.trimmed::jsonb
from object_stage s
where not exists (select from own_object o where o.valid_to is null and o.key_id = s.key_id);
