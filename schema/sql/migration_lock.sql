-- One migration at a time.  The number is "graphd" in ASCII; migration_unlock gives it back.
-- params:  none
-- columns: nothing of use
select pg_advisory_lock(113740958689380);
