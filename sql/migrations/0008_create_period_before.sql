-- migrate:up
create view ref.period_before as
select p.period_id, p.kind, p.ends_on, b.period_id as before_id, b.starts_on as before_starts_on, b.ends_on as before_ends_on
from ref.period as p
cross join lateral (select x.period_id, x.starts_on, x.ends_on from ref.period as x where x.kind = p.kind and x.ends_on < p.starts_on order by x.ends_on desc limit 1) as b
where p.kind <> 'campaign' and b.ends_on >= p.starts_on - 183;
comment on view ref.period_before is 'The period of the same kind before each: the last that ended before it begins, and not more than 183 days before. A longer gap, such as a year that no calendar knows, is none; campaigns have none.';
comment on column ref.period_before.period_id is 'Period.';
comment on column ref.period_before.kind is 'Kind of both.';
comment on column ref.period_before.ends_on is 'Last day of the period.';
comment on column ref.period_before.before_id is 'The period before.';
comment on column ref.period_before.before_starts_on is 'Its first day.';
comment on column ref.period_before.before_ends_on is 'Its last day.';
