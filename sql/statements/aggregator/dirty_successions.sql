-- Leaves whose flows rest on the mergers and splits that unit $1 has a part in from day $2 on, whether or not their places changed: of everyone who gave or took between the same two
-- periods, for the parts of a whole are shared out among all of them. What rests on these leaves in turn is found when they are claimed (reach_leaves.sql).
-- $3 forms that feed a flow, $4 kinds of their leaf periods, $5 their levels.
with recursive span as materialized (
  select f.form_id, f.level_no, p.period_id, p.before_ends_on as from_on, p.ends_on as until_on
  from unnest($3::smallint[], $4::text[], $5::smallint[]) as f (form_id, kind, level_no) join ref.period_before p on p.kind = f.kind
  where p.before_ends_on < $2::date and p.ends_on >= $2::date),
given as materialized (
  select s.form_id, s.period_id, u.from_unit_id, u.to_unit_id
  from span s join ref.unit_succession u on u.effective_on > s.from_on and u.effective_on <= s.until_on and u.until_version is null),
kin as (
  select s.form_id, s.level_no, s.period_id, a.unit_id from span s join ref.unit a on a.code = $1::text
  union
  select k.form_id, k.level_no, k.period_id, case when g.from_unit_id = k.unit_id then g.to_unit_id else g.from_unit_id end
  from kin k join given g on g.form_id = k.form_id and g.period_id = k.period_id and k.unit_id in (g.from_unit_id, g.to_unit_id))
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct p.lane, k.form_id, k.period_id, k.unit_id from kin k join ref.place p on p.unit_id = k.unit_id and p.level_no = k.level_no
