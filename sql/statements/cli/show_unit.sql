-- The standing places of a unit over time, with the names of the areas above, country first.
select d.area_key, d.level_code as level, d.unit_code as code, d.name, u.unit_code as parent, d.valid_from,
  case when d.valid_to = 'infinity' then null else d.valid_to end as valid_to,
  (select string_agg(a.name, ' / ' order by w.n) from unnest(p.path) with ordinality as w (place_id, n) join mart.dim_area as a on a.area_key = w.place_id
    where w.place_id <> d.area_key) as path,
  jsonb_strip_nulls(to_jsonb(d) - array['area_key', 'parent_area_key', 'unit_code', 'level_no', 'level_code', 'name', 'valid_from', 'valid_to', 'is_current'])::text as attributes,
  p.since_version
from ref.place as p
join mart.dim_area as d on d.area_key = p.place_id
left join mart.dim_area as u on u.area_key = d.parent_area_key
where d.unit_code = $1::text and p.until_version is null
order by d.valid_from
