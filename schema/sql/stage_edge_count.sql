-- How many staged edges are new, changed and the same.
-- params:  none
-- columns: added bigint, changed bigint, same bigint
select count(*) filter (where state = 'a'), count(*) filter (where state = 'c'),
       count(*) filter (where state = 's')
from edge_map;
