-- Leaves whose flows rest on the claimed ones: those of the period after, and, in both, of the units that took the claimed ones over by merges and splits.
-- Those in the claim's lane are returned; for others a dirty row is left in their own. A claim of all units (0) is of those of the form's own level, $5.
with recursive claimed as (
  select * from unnest($2::smallint[], $3::int[], $4::int[], $5::smallint[]) as t (form_id, period_id, unit_id, level_no)),
span as materialized (
  select l.period_id, r.reach_id, r.from_on, r.until_on
  from (select distinct c.period_id from claimed c) l join ref.period p on p.period_id = l.period_id
  cross join lateral (
    select b.period_id as reach_id, b.ends_on as until_on, b.before_ends_on as from_on from ref.period_before b where b.period_id = p.period_id
    union all
    select n.period_id, n.ends_on, p.ends_on from ref.period_before n where n.kind = p.kind and n.before_id = p.period_id) r),
given as materialized (
  select s.reach_id, s.period_id, u.from_unit_id, u.to_unit_id, u.effective_on
  from span s join ref.unit_succession u on u.effective_on > s.from_on and u.effective_on <= s.until_on and u.until_version is null
    and u.from_unit_id <> u.to_unit_id),
heir as (
  select c.form_id, g.period_id, g.reach_id, g.from_unit_id as origin_id, g.to_unit_id as unit_id, g.effective_on, 1 as depth
  from claimed c join given g on g.period_id = c.period_id
  where g.from_unit_id = c.unit_id or (c.unit_id = 0 and exists (select from ref.place p where p.unit_id = g.from_unit_id and p.lane = $1::int and p.level_no = c.level_no))
  union
  select h.form_id, h.period_id, h.reach_id, h.origin_id, g.to_unit_id, g.effective_on, h.depth + 1
  from heir h join given g on g.period_id = h.period_id and g.reach_id = h.reach_id and g.from_unit_id = h.unit_id and g.effective_on >= h.effective_on
  where h.depth < 16),
placed as materialized (
  select distinct h.form_id, h.reach_id, h.unit_id, p.lane,
    -- Given away and back: two lanes would mark each other for ever.
    exists (select from heir b where b.origin_id = h.origin_id and b.unit_id = h.origin_id) as is_circle
  from heir h join ref.place p on p.unit_id = h.unit_id),
-- What a unit was in this lane is the period before of what it is in another.
moved as (
  select c.form_id, s.reach_id, p.unit_id, p.lane
  from claimed c join span s on s.period_id = c.period_id and s.reach_id <> c.period_id
  join ref.place p on p.unit_id = c.unit_id and p.lane <> $1::int
  union
  select c.form_id, s.reach_id, p.unit_id, p.lane
  from claimed c join span s on s.period_id = c.period_id and s.reach_id <> c.period_id
  join ref.place m on c.unit_id = 0 and m.lane = $1::int and m.level_no = c.level_no
  join ref.place p on p.unit_id = m.unit_id and p.lane <> $1::int),
sent as (
  insert into control.dirty (lane, form_id, period_id, unit_id)
  select lane, form_id, reach_id, unit_id from placed where lane <> $1::int and not is_circle
  union
  select lane, form_id, reach_id, unit_id from moved)
select form_id, reach_id, unit_id from placed where lane = $1::int
union
select c.form_id, s.reach_id, c.unit_id from claimed c join span s on s.period_id = c.period_id and s.reach_id <> c.period_id
