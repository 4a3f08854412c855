-- Whether the database was ever migrated.
-- params:  none
-- columns: known boolean
select to_regclass('schema_migration') is not null;
