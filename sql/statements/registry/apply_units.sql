-- Every unit with the number of its calendar, if it has one of its own.
select u.unit_id, u.code, u.level_no, c.calendar_id
from ref.unit u left join ref.calendar c on c.area_unit_id = u.unit_id and c.until_version is null
order by u.unit_id
