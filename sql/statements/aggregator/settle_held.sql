-- What became of parked records, written once. Open is told by settled_outcome: by settled_at the plan would take the index of open records, which is read from end to end for each row
-- when there are many (measured: 29 s for 1,000 of 10,000).
update intake.held h
set settled_at = now(), settled_outcome = t.outcome, settled_code = t.code, settled_submission_key = t.submission_key, settled_version = $7::bigint
from unnest($1::smallint[], $2::smallint[], $3::bigint[], $4::"char"[], $5::smallint[], $6::bigint[])
  as t (log_no, part, kafka_offset, outcome, code, submission_key)
where h.log_no = t.log_no and h.part = t.part and h.kafka_offset = t.kafka_offset and h.outcome = 'p' and h.settled_outcome is null
