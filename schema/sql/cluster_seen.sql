-- Says what the last read of a cluster was, and which generation is current now.
-- params:  $1 id, $2 generation, $3 source, $4 coverage, $5 taken_at in microseconds bigint
-- columns: none
-- plan:    cluster_pkey
update cluster
set generation = $2, source = $3, coverage = $4,
    taken_at = timestamptz 'epoch' + $5::bigint * interval '1 microsecond'
where id = $1;
