-- The standing codes of a scheme, in byte order, with the registry's own code of their units.
select c.code as foreign_code, u.code as unit, c.valid_from, c.valid_to
from ref.unit_code as c
join ref.unit as u using (unit_id)
where c.scheme = $1::text and c.until_version is null
order by c.code collate "C", c.valid_from
