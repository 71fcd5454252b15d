select case outcome when 'a' then 'accepted' when 's' then 'superseded' when 'd' then 'duplicate' when 'r' then 'rejected' else 'parked' end as outcome, count(*) as records
from intake.ledger group by outcome order by count(*) desc
