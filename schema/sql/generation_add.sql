-- A new generation.
-- params:  $1 cluster_id, $2 number, $3 source, $4 started, $5 nodes, $6 edges, $7 objects, $8 coverage
--          of the types of their columns, but started in microseconds bigint
-- columns: none
insert into generation (cluster_id, number, source, started, finished, nodes, edges, objects, coverage)
values ($1, $2, $3, timestamptz 'epoch' + $4::bigint * interval '1 microsecond', clock_timestamp(),
        $5, $6, $7, $8);
