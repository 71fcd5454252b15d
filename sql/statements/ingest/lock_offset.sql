select next_offset, owner_epoch from control.kafka_offset where log_no = $1::smallint and part = $2::smallint for no key update
