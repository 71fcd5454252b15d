-- Positions of the newest log of a topic.
select o.log_no as log, o.part as partition, o.start_offset as start, o.next_offset as next, o.owner_name as owner,
  to_char(o.tail_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as tail_at
from control.kafka_offset as o
where o.log_no = (select max(log_no) from control.kafka_log where topic = $1::text)
order by o.part
