-- I3: the held rows are the rejected and parked rows of the ledger, with the same code of the closed list.
select format('record %s/%s/%s: ledger says %s %s, held says %s %s', log_no, part, kafka_offset, l.outcome, l.code, h.outcome, h.code) as finding
from (select * from intake.ledger where outcome in ('r', 'p')) as l
full join intake.held as h using (log_no, part, kafka_offset)
where l.outcome is distinct from h.outcome or l.code is distinct from h.code
union all
select format('record %s/%s/%s: %s is no code of the list', log_no, part, kafka_offset, c.code)
from intake.held, lateral (values (code), (settled_code)) as c (code)
where c.code is not null and (c.code < 100 or c.code <> all ($1::smallint[]))
