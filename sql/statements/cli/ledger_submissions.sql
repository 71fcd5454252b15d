-- I6: the submissions are the accepted and superseded records and those that healed so; no id twice within a unit.
select format('submission %s: the ledger or the settled held row says %s, the submission row is %s', submission_key, w.outcome, case when s.submission_key is null then 'missing' else 'there' end) as finding
from (
  select submission_key, outcome from intake.ledger where outcome in ('a', 's')
  union all
  select settled_submission_key, settled_outcome from intake.held where settled_outcome in ('a', 's')) as w
full join intake.submission as s using (submission_key)
where w.outcome is null or s.submission_key is null
union all
select format('submission_id %s of unit %s: %s submissions', submission_id, unit_id, count(*)) from intake.submission group by submission_id, unit_id having count(*) > 1
union all
select format('submission %s: %s rows', submission_key, count(*)) from intake.submission group by submission_key having count(*) > 1
