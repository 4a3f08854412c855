-- Ties an alert to a node, or scores it anew.
-- params:  $1 id uuid, $2 match jsonb or null, $3 risk jsonb or null
-- columns: none
-- plan:    alert_pkey
update alert set match = $2, risk = $3 where id = $1;
