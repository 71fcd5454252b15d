-- Fails unless 0009_judge_first_in_time.sql did what it says: a key is late if all that was sent for it is.
do $$
begin
  if col_description('intake.current'::regclass, (select attnum from pg_attribute where attrelid = 'intake.current'::regclass and attname = 'is_late'))
    is distinct from 'None of the key''s submissions with data was received by the deadline.' then
    raise exception 'intake.current.is_late is not said to be the key''s';
  end if;
  if exists (
    select from intake.current as c
    join (select form_id, period_id, unit_id, part_key, bool_and(is_late or is_retract) as is_late from intake.submission group by form_id, period_id, unit_id, part_key) as l
      using (form_id, period_id, unit_id, part_key)
    where c.is_late <> l.is_late)
  then
    raise exception 'intake.current.is_late is not what intake.submission says';
  end if;
end
$$;
