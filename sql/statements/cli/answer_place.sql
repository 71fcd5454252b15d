-- The leaves of indicator $1 in period $6 where their units are on day $2 (null: where they were), of the cuts by dimensions $5 (null: all), with those by the attributes $3, $4 (numbers and codes) of that place.
-- A row stands for the last day of its period on which its place was. From there it follows its unit to the day: forward through every merge and split on the way; backward, where the unit was not
-- there yet, to what it came from. What is divided is dealt out one by one: a part of weight w has its t-th turn at (2t - 1) / 2w. So parts add up exactly, and a smaller number never
-- gives a part more than a larger one: what is reported stays within what is expected.
-- Whether a place stands is asked by coalesce, which no index has: else the index of standing places is read from end to end for each row, where there are no statistics (measured: ten minutes).
with recursive link as materialized (
  select f.is_forward, k.unit_id, k.next_id, s.effective_on, max(s.kind) as kind, sum(s.weight_percent)::int as weight, case when f.is_forward then s.effective_on else s.effective_on - 1 end as on_day
  from ref.unit_succession as s
  cross join (values (true), (false)) as f (is_forward)
  cross join lateral (
    select case when f.is_forward then s.from_unit_id else s.to_unit_id end as unit_id, case when f.is_forward then s.to_unit_id else s.from_unit_id end as next_id) as k
  where s.until_version is null
  group by f.is_forward, k.unit_id, k.next_id, s.effective_on),
turn as (
  select l.*, count(*) over (partition by l.is_forward, l.unit_id, l.effective_on)::int as total,
    row_number() over (partition by l.is_forward, l.unit_id, l.effective_on order by round((2 * t - 1)::numeric / (2 * l.weight), 9), l.weight desc, u.code collate "C")::int as nth
  from link as l join ref.unit as u on u.unit_id = l.next_id cross join generate_series(1, l.weight) as t),
part as materialized (
  select is_forward, unit_id, next_id, effective_on, kind, weight, on_day, total, array_agg(nth order by nth) as turns
  from turn group by is_forward, unit_id, next_id, effective_on, kind, weight, on_day, total),
source as materialized (
  select l.*, p.unit_id, p.path as own_path, case when l.cut_key = 0 then to_jsonb(p) end as attributes, least(q.ends_on, p.valid_to - 1) as on_day
  from pg_temp.leaf as l
  join ref.period as q on q.period_id = l.period_key
  cross join lateral (select * from ref.place as p where p.place_id = l.area_key and coalesce(p.until_version, 0) = 0 offset 0) as p
  where l.indicator_key = $1::smallint and l.period_key = $6::int and l.cut_key / 1000 <> all ($3::smallint[]) and ($5::smallint[] is null or l.cut_key / 1000 = any ($5::smallint[]))),
-- Where a unit is on its way, and on which day it goes on from there.
stop as materialized (
  select d.unit_id, d.on_day, case
      when d.on_day < $2::date then (
        select min(k.effective_on) from link as k where k.is_forward and k.unit_id = d.unit_id and k.effective_on > d.on_day and k.effective_on <= $2::date)
      when d.on_day > $2::date and not exists (
          select from ref.place as p where p.unit_id = d.unit_id and coalesce(p.until_version, 0) = 0 and p.valid_from <= $2::date and $2::date < p.valid_to offset 0)
        then (select max(k.effective_on) from link as k where not k.is_forward and k.unit_id = d.unit_id and k.effective_on <= d.on_day and k.effective_on > $2::date)
    end as next_on
  from (select unit_id, on_day from source union select next_id, on_day from link) as d),
walk as (
  select s.period_key, s.indicator_key, s.cut_key, s.status, s.definition_version, s.unit_id, s.own_path, s.attributes,
    array[s.numerator, s.denominator, s.n_expected, s.n_reported] as number, null::text as kind, t.unit_id as at_unit, t.on_day, t.next_on
  from source as s
  join stop as t on t.unit_id = s.unit_id and t.on_day = s.on_day
  union all
  select w.period_key, w.indicator_key, w.cut_key, w.status, w.definition_version, w.unit_id, w.own_path, w.attributes,
    array(
      select case when n.value < 0 then -1 else 1 end * (abs(n.value) / p.total * p.weight + width_bucket((abs(n.value) % p.total)::int, p.turns))
      from unnest(w.number) with ordinality as n (value, position) order by n.position),
    p.kind, t.unit_id, t.on_day, t.next_on
  from walk as w
  join part as p on p.is_forward = (w.on_day < $2::date) and p.unit_id = w.at_unit and p.effective_on = w.next_on
  join stop as t on t.unit_id = p.next_id and t.on_day = p.on_day)
insert into pg_temp.share (period_key, indicator_key, cut_key, numerator, denominator, n_expected, n_reported, status, definition_version, unit_id, why, path, own_path)
select w.period_key, w.indicator_key, c.cut_key, w.number[1], w.number[2], w.number[3]::int, w.number[4]::int, w.status, w.definition_version, w.unit_id,
  case when $2::date is null or x.path is not null then w.kind when w.on_day < $2::date then 'closed' else 'opened' end,
  case when $2::date is null then w.own_path else x.path end, w.own_path
from walk as w
left join lateral (
  select p.path, case when w.cut_key = 0 then to_jsonb(p) end as attributes
  from ref.place as p
  where p.unit_id = w.at_unit and coalesce(p.until_version, 0) = 0 and p.valid_from <= $2::date and $2::date < p.valid_to offset 0) as x on true
cross join lateral (
  select w.cut_key
  union all
  select (a.number * 1000 + (coalesce(x.attributes, w.attributes) ->> a.code)::int)::smallint
  from unnest($3::smallint[], $4::text[]) as a (number, code)
  where (coalesce(x.attributes, w.attributes) ->> a.code)::int > 0) as c
where w.next_on is null
