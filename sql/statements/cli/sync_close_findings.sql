-- Open findings that no rule looks after any more: of a rule that is gone, or of a level or kind of period that it left.
-- $1 to $3: the rules with their levels and the numbers of their kinds of period.
update control.finding as f set closed_at = now()
from ref.unit as u
where u.unit_id = f.unit_id and f.closed_at is null
  and (f.rule_id, u.level_no, f.period_id / 100000000) not in (select * from unnest($1::smallint[], $2::smallint[], $3::smallint[]))
