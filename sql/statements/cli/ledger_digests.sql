-- The digests of a partition's records from one offset on, in order.
select kafka_offset, sha256 from intake.ledger
where log_no = $1::smallint and part = $2::smallint and kafka_offset >= $3::bigint and kafka_offset < $4::bigint
order by kafka_offset
