select r.change_id, r.source, r.kind, r.unit_code as unit, c.name as code, r.pointer, r.message
from control.registry_change as r
left join unnest($1::smallint[], $2::text[], $3::text[]) as c (number, name, hint) on c.number = r.code
where r.state = 'open' order by r.change_id limit 100
