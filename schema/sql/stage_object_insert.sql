-- Writes the objects that are new or changed.
-- params:  $1 cluster id integer, $2 generation integer
-- columns: none
insert into object (cluster_id, valid_from, key_id, content, resource, ns, name, uid, trimmed)
select $1, $2, s.key_id, s.content, s.resource, s.ns, s.name, s.uid, s.trimmed::jsonb
from object_map m
join object_stage s on s.ix = m.ix
where m.state <> 's';
