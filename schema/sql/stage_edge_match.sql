-- Gives each staged edge the ids of its ends and ties it to its current row.
-- params:  $1 cluster id integer
-- columns: none
insert into edge_map (ix, src, dst, kind, state)
select s.ix, a.id, b.id, s.kind,
       case when e.content is null then 'a' when e.content = s.content then 's' else 'c' end
from edge_stage s
join node_map a on a.ix = s.src
join node_map b on b.ix = s.dst
left join edge e on e.cluster_id = $1 and e.valid_to is null
                and e.src = a.id and e.dst = b.id and e.kind = s.kind;
