insert into control.kafka_offset (log_no, part, start_offset, next_offset) values ($1::smallint, $2::smallint, $3::bigint, $3::bigint)
on conflict (log_no, part) do nothing
