-- I1: per partition, ledger rows are dense from start_offset to next_offset - 1.
select format('partition %s/%s: %s ledger rows from %s to %s, but the position went from %s to %s', log_no, part, coalesce(l.n, 0), l.low, l.high, o.start_offset, o.next_offset) as finding
from control.kafka_offset as o
full join (select log_no, part, count(*) as n, min(kafka_offset) as low, max(kafka_offset) as high from intake.ledger group by log_no, part) as l using (log_no, part)
where o.next_offset is null or coalesce(l.n, 0) <> o.next_offset - o.start_offset or l.low <> o.start_offset or l.high <> o.next_offset - 1
