select f.statement, n.code as form, u.code as lane, count(*) as leaves, to_char(max(f.failed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as failed_at, max(f.message) as message
from control.dirty_failed f
left join ref.catalogue_number n on n.kind = 'form' and n.number = f.form_id
left join ref.unit u on u.unit_id = f.lane
group by 1, 2, 3 order by 1, 2, 3 limit 20
