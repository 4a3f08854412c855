-- Ends the current edges that are gone or changed.  own_edge is the cluster's partition of edge.
-- params:  $1 generation integer
-- columns: closed bigint, of which changed bigint
with closed as (
    update own_edge e set valid_to = $1
    where e.valid_to is null
      and not exists (select from edge_stage s
                      where s.src = e.src and s.dst = e.dst and s.kind = e.kind
                        and s.content = e.content)
    returning e.src, e.dst, e.kind
)
select count(*), count(s.src)
from closed c
left join edge_stage s on s.src = c.src and s.dst = c.dst and s.kind = c.kind;
