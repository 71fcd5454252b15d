-- The areas and schools with which a foreign list is compared, in their order of place_id: those open on day $1, or without a day those without an end. A school that has a code in scheme $2
-- already is not wanted.
select p.place_id, p.parent_place_id, u.code, p.name, p.level_no = (select max(l.level_no) from ref.level l) as is_school,
  exists (select from ref.unit_code c where c.unit_id = u.unit_id and c.scheme = $2::text and c.until_version is null) as is_linked
from ref.place p join ref.unit u using (unit_id)
where p.until_version is null and p.level_no > 0
  and case when $1::date is null then p.valid_to = 'infinity' else p.valid_from <= $1::date and $1::date < p.valid_to end
order by p.place_id
