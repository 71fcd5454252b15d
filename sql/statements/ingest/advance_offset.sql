update control.kafka_offset set next_offset = $4::bigint, tail_sha256 = $6::bytea, tail_at = $7::timestamptz
where log_no = $1::smallint and part = $2::smallint and next_offset = $3::bigint and owner_epoch = $5::bigint
