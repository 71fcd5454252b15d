insert into control.kafka_log (log_no, cluster_id, topic, partition_count)
select coalesce(max(log_no) + 1, 0), $1::text, $2::text, $3::smallint from control.kafka_log
