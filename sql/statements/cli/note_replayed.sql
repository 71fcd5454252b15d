update intake.held as h set replayed_at_offset = i.replay_offset
from unnest($1::smallint[], $2::smallint[], $3::bigint[], $4::bigint[]) as i (log_no, part, kafka_offset, replay_offset)
where (h.log_no, h.part, h.kafka_offset) = (i.log_no, i.part, i.kafka_offset)
