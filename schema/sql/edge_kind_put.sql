-- Mirrors an edge kind.  A number never changes its meaning: no row back means that it would.
-- params:  $1 id smallint, $2 label text, $3 plane text, $4 class text, $5 attack text, $6 sentence text
-- columns: id smallint
insert into edge_kind (id, label, plane, class, attack, sentence) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update
set plane = excluded.plane, class = excluded.class, attack = excluded.attack,
    sentence = excluded.sentence
where edge_kind.label = excluded.label
returning id;
