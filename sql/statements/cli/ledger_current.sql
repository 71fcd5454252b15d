-- I4, as far as tables tell: of each natural key the highest revision is current, in time if any with data came in time; a current row is a submission with the same content.
select format('form %s period %s unit %s %L: current is revision %s, the submissions go up to %s', s.form_id, s.period_id, s.unit_id, s.part_key, c.revision, s.revision) as finding
from (select form_id, period_id, unit_id, part_key, max(revision) as revision from intake.submission group by form_id, period_id, unit_id, part_key) as s
full join intake.current as c using (form_id, period_id, unit_id, part_key)
where s.revision is distinct from c.revision
union all
select format('form %s period %s unit %s %L: current is %s, of the submissions with data %s came by the deadline', c.form_id, c.period_id, c.unit_id, c.part_key,
  case when c.is_late then 'late' else 'in time' end, case when c.is_late then 'one' else 'none' end)
from intake.current as c
join (select form_id, period_id, unit_id, part_key, bool_and(is_late or is_retract) as is_late from intake.submission group by form_id, period_id, unit_id, part_key) as s
  using (form_id, period_id, unit_id, part_key)
where s.is_late <> c.is_late
union all
select format('form %s period %s unit %s %L: current points at %s, which is no such submission', c.form_id, c.period_id, c.unit_id, c.part_key, c.submission_key)
from intake.current as c
where not exists (
  select from intake.submission as s
  where s.submission_key = c.submission_key and s.unit_id = c.unit_id and s.form_id = c.form_id and s.period_id = c.period_id and s.part_key = c.part_key
    and s.revision = c.revision and s.is_retract = c.is_retract and s.content_sha256 = c.content_sha256)
