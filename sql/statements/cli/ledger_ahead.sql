-- I7: nothing refers to a record that the position has not passed.
select format('%s has %s rows of partition %s/%s at or after position %s', x.relation, count(*), x.log_no, x.part, coalesce(o.next_offset::text, 'none')) as finding
from (
  select 'intake.ledger' as relation, log_no, part, kafka_offset from intake.ledger
  union all select 'intake.held', log_no, part, kafka_offset from intake.held
  union all select 'intake.submission', log_no, part, kafka_offset from intake.submission
  union all select 'intake.current', (submission_key >> 53)::smallint, ((submission_key >> 40) & 8191)::smallint, submission_key & ((1::bigint << 40) - 1) from intake.current) as x
left join control.kafka_offset as o using (log_no, part)
where o.next_offset is null or x.kafka_offset >= o.next_offset
group by x.relation, x.log_no, x.part, o.next_offset
