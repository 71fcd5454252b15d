-- What was current of form $2 at instant $1 in the leaf periods of period $3, and in that before each, on which flows rest: of each natural key the highest revision among the submissions that had
-- come. A retraction is a revision. Late is a key of which none with data came in time.
insert into pg_temp.current (form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256)
select distinct on (s.period_id, s.unit_id, s.part_key) s.form_id, s.period_id, s.unit_id, s.part_key, s.submission_key, s.revision, s.is_retract,
  bool_and(s.is_late or s.is_retract) over (partition by s.period_id, s.unit_id, s.part_key), s.content_sha256
from intake.submission as s
where s.form_id = $2::smallint and s.received_at <= $1::timestamptz
  and s.period_id = any (array(
    select unnest(array[w.leaf_period_id, b.before_id])
    from ref.period_within as w
    left join ref.period_before as b on b.period_id = w.leaf_period_id
    where w.period_id = $3::int))
order by s.period_id, s.unit_id, s.part_key, s.revision desc
on conflict do nothing -- operands of a derived indicator may be of one form
