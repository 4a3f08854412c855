-- The next migration may run.
-- params:  none
-- columns: nothing of use
select pg_advisory_unlock(113740958689380);
