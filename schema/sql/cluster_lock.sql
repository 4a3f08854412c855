-- Takes a cluster for this connection.  The first number is "grap" in ASCII.
-- params:  $1 cluster id integer
-- columns: taken boolean
select pg_try_advisory_lock(1735549296, $1);
