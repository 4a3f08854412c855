-- Records an applied migration.
-- params:  $1 number integer, $2 name text, $3 checksum text
-- columns: none
insert into schema_migration (number, name, checksum) values ($1, $2, $3);
