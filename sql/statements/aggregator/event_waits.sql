-- Under the exclusive lock: still current and not applied by another.
select exists (
  select from intake.submission s
  join intake.current c on c.form_id = s.form_id and c.period_id = s.period_id and c.unit_id = s.unit_id and c.part_key = s.part_key
  where s.submission_key = $1::bigint and c.submission_key = s.submission_key and not c.is_retract
    and not exists (select from control.registry_change r where r.submission_key = s.submission_key and r.state = 'applied'))
