-- What became of the records received in the last 24 hours, by the index on received_at; $1: of every record, which reads the whole ledger.
select case outcome when 'a' then 'accepted' when 's' then 'superseded' when 'd' then 'duplicate' when 'r' then 'rejected' else 'parked' end as outcome, count(*) as records
from intake.ledger
where received_at >= case when $1::bool then '-infinity'::timestamptz else now() - interval '24 hours' end
group by outcome order by count(*) desc
