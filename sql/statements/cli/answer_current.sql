-- What was current of form $2 in the leaf periods of period $3 at instant $1: of each natural key the highest revision among the submissions that had come. A retraction is a revision.
insert into pg_temp.current (form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256)
select distinct on (s.period_id, s.unit_id, s.part_key) s.form_id, s.period_id, s.unit_id, s.part_key, s.submission_key, s.revision, s.is_retract, s.is_late, s.content_sha256
from intake.submission as s
where s.form_id = $2::smallint and s.received_at <= $1::timestamptz
  and s.period_id = any (array(select w.leaf_period_id from ref.period_within as w where w.period_id = $3::int))
order by s.period_id, s.unit_id, s.part_key, s.revision desc
on conflict do nothing -- both operands of a derived indicator may be of one form
