update mart.dim_area a set valid_to = t.valid_to, is_current = (t.valid_to = 'infinity')
from unnest($1::int[], $2::date[]) as t (area_key, valid_to)
where a.area_key = t.area_key
