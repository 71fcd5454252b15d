-- Registry events of one form that wait: current, not retracted, not decided; or refused under an older ref.version ($2). $1 form.
select c.submission_key, u.code as sender_unit,
  exists (select from control.registry_change r where r.submission_key = c.submission_key) as was_refused /* columns */
from intake.current c
join intake.submission s on s.submission_key = c.submission_key and s.unit_id = c.unit_id
join ref.unit u on u.unit_id = c.unit_id
join core./* table */ f on f.submission_key = c.submission_key
where c.form_id = $1::smallint and not c.is_retract
  and not exists (
    select from control.registry_change r
    where r.submission_key = c.submission_key and (r.state = 'applied' or r.applied_version >= $2::bigint))
order by s.received_at, c.submission_key
limit 100
