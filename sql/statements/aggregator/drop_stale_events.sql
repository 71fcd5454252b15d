-- Open events that were corrected or retracted ask for nothing any more.
delete from control.registry_change r
where r.state = 'open' and r.submission_key is not null
  and not exists (
    select from intake.submission s
    join intake.current c on c.form_id = s.form_id and c.period_id = s.period_id and c.unit_id = s.unit_id and c.part_key = s.part_key
    where s.submission_key = r.submission_key and c.submission_key = s.submission_key and not c.is_retract)
