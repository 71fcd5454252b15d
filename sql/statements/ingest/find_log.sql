select log_no, partition_count from control.kafka_log where cluster_id = $1::text and topic = $2::text order by log_no desc limit 1
