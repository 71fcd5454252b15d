-- Which periods hold which: those of a wider kind that hold the narrower one's last day, and itself; new pairs only. Their leaves that are opened or have submissions become dirty,
-- and those of the next period after one that is new, which has another period before it now, once for each lane of their form. $1 forms, $2 the levels at which they start.
with recursive key as (
  (select c.form_id, c.period_id from intake.current c order by c.form_id, c.period_id limit 1)
  union all
  select n.form_id, n.period_id
  from key k cross join lateral (
    select c.form_id, c.period_id from intake.current c where (c.form_id, c.period_id) > (k.form_id, k.period_id) order by c.form_id, c.period_id limit 1) n),
wider (narrow, wide) as (values
  ('day', 'week'), ('day', 'month'), ('day', 'quarter'), ('day', 'term'), ('day', 'school_year'),
  ('week', 'month'), ('week', 'quarter'), ('week', 'term'), ('week', 'school_year'),
  ('month', 'quarter'), ('month', 'term'), ('month', 'school_year'),
  ('quarter', 'school_year'), ('term', 'school_year')),
pair as (
  select l.period_id as leaf_period_id, l.period_id from ref.period l
  union all
  select l.period_id, p.period_id
  from ref.period l join wider w on w.narrow = l.kind
  join ref.period p on p.kind = w.wide and l.ends_on between p.starts_on and p.ends_on),
added as (
  insert into ref.period_within (leaf_period_id, period_id)
  select leaf_period_id, period_id from pair
  on conflict (leaf_period_id, period_id) do nothing
  returning leaf_period_id, period_id),
changed as (
  select leaf_period_id from added
  union
  select w.leaf_period_id
  from added a join ref.period q on q.period_id = a.period_id
  cross join lateral (select n.period_id from ref.period n where n.kind = q.kind and n.starts_on > q.ends_on order by n.starts_on limit 1) n
  join ref.period_within w on w.period_id = n.period_id
  where a.leaf_period_id = a.period_id)
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct a.lane, k.form_id, k.period_id, 0
from (select form_id, period_id from key union select o.form_id, o.period_id from ref.period_opening o) k
join unnest($1::smallint[], $2::smallint[]) as f (form_id, level_no) on f.form_id = k.form_id
join ref.place a on a.level_no = least(f.level_no, 1)
where k.period_id in (select leaf_period_id from changed)
