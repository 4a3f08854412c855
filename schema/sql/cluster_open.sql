-- The id of a cluster, which is made if it is new.
-- params:  $1 name text
-- columns: id integer
select cluster_open($1);
