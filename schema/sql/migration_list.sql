-- What was applied, oldest first.
-- params:  none
-- columns: number integer, name text, checksum text
-- plan:    schema_migration_pkey
select number, name, checksum from schema_migration order by number;
