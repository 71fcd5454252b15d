-- The area of a code ('' is the country), its calendar for code $3 of attribute $2 (null: the plain one), and another attribute by which it has calendars.
select u.unit_id,
  (select c.calendar_id from ref.calendar c
    where c.area_unit_id = u.unit_id and c.until_version is null and c.attribute is not distinct from $2::text and c.code is not distinct from $3::text),
  (select min(c.attribute) from ref.calendar c where c.area_unit_id = u.unit_id and c.until_version is null and c.attribute <> $2::text)
from ref.unit u where u.code = $1::text or ($1::text = '' and u.level_no = 0)
