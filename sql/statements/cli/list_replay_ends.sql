-- Where each partition of each log ended: a replay that is sent from now on lies behind.
select log_no, part, next_offset from control.kafka_offset
