-- Mirrors a node kind.  A number never changes its meaning: no row back means that it would.
-- params:  $1 id smallint, $2 name text, $3 hub boolean, $4 sentence text
-- columns: id smallint
insert into node_kind (id, name, hub, sentence) values ($1, $2, $3, $4)
on conflict (id) do update set hub = excluded.hub, sentence = excluded.sentence
where node_kind.name = excluded.name
returning id;
