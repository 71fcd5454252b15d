-- What became of record $1/$2/$3, which is not held: its outcome and submission as one sentence; no row: there is no such record.
select case l.outcome
  when 'a' then format('was accepted as submission %s; %s', s.submission_id, case when c.submission_key = s.submission_key and c.is_retract then 'it retracts: nothing counts'
    when c.submission_key = s.submission_key then 'it counts' else format('it was superseded by submission %s', t.submission_id) end)
  when 's' then format('was superseded when it came: submission %s of revision %s, by submission %s', s.submission_id, s.revision, t.submission_id)
  when 'd' then 'is a duplicate of a record that came before'
  else 'was rejected or parked, and is kept no more' end
from intake.ledger as l
left join intake.submission as s on s.submission_key = l.submission_key
left join intake.current as c on c.form_id = s.form_id and c.period_id = s.period_id and c.unit_id = s.unit_id and c.part_key = s.part_key
left join intake.submission as t on t.submission_key = c.submission_key
where l.log_no = $1::smallint and l.part = $2::smallint and l.kafka_offset = $3::bigint
