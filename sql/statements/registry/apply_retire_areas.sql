-- Places that no longer stand: their areas stay, because cells may still refer to them until the next refresh, but are not current.
update mart.dim_area a set is_current = false
from unnest($1::int[]) as t (area_key)
where a.area_key = t.area_key
