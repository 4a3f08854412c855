-- How many staged objects are new, changed and the same.
-- params:  none
-- columns: added bigint, changed bigint, same bigint
select count(*) filter (where state = 'a'), count(*) filter (where state = 'c'),
       count(*) filter (where state = 's')
from object_map;
