-- Tells listeners that a cluster has changed; they hear it when the transaction commits.
-- params:  $1 name text
-- columns: nothing of use
select pg_notify('graph_changed', $1);
