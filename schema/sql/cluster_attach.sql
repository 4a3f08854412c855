-- Makes the rows of a cluster's first generation part of the whole, with their indexes.
-- params:  $1 cluster id integer
-- columns: nothing of use
select cluster_attach($1);
