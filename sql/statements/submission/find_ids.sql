select s.submission_id, s.unit_id, l.sha256
from unnest($1::uuid[], $2::int[]) as t (submission_id, unit_id)
join intake.submission s on s.submission_id = t.submission_id and s.unit_id = t.unit_id
join intake.ledger l on l.log_no = s.log_no and l.part = s.part and l.kafka_offset = s.kafka_offset
