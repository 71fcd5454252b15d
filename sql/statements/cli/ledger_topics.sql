-- The topics whose records were read, for a message.
select coalesce(string_agg(distinct topic, ', ' order by topic), 'none') as topics from control.kafka_log
