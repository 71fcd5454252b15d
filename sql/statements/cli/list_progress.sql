-- How what is due came in, day by day, in area $3 (null: the country) or in the areas of level $4 in it: form $1 in period $2, whose deadline is $8 days (null: it has none) and $9 minutes
-- after the period's last day ($7) or first; areas of codes $11 have $12 days and $13 minutes instead, and the areas below them. Due is indicator $5 there: its value, or (form is $6: coverage) how many units owe the form; then a unit has come with its first submission, else
-- each submission counts. A day is that of the country ($10 minutes from UTC); what was corrected stays on the day on which it came first. It reads intake.submission from end to end.
with asked as materialized (
  select p.period_id, p.starts_on, p.ends_on, n.number as form_id, i.indicator_key,
    (select c.cut_key from mart.dim_cut as c where case when $6::text is null then c.cut_key = 0 else c.dimension = 'form' and c.member = $6::text end) as cut_key,
    make_interval(mins => $10::int) as zone,
    case when $7::bool then p.ends_on else p.starts_on end as from_on
  from ref.period as p cross join ref.catalogue_number as n cross join mart.dim_indicator as i
  where p.code = $2::text and n.kind = 'form' and n.code = $1::text and i.code = $5::text),
place as materialized (
  select p.place_id, p.unit_id, p.level_no, p.path, p.name from asked as a join ref.place as p on p.until_version is null and p.valid_from <= a.ends_on and a.ends_on < p.valid_to),
top as (select p.place_id, p.level_no from place as p join ref.unit as u using (unit_id) where case when $3::text is null then p.level_no = 0 else u.code = $3::text end),
area as materialized (
  select p.place_id, l.code as level, p.level_no, u.code, p.name, case when $6::text is null then d.numerator else d.denominator end as due,
    (select (a.from_on + make_interval(days => w.days, mins => w.minutes) - interval '1 microsecond')::date
      from (select $8::int as days, $9::int as minutes, 0 as depth
        union all
        select o.days, o.minutes, cardinality(q.path) from unnest($11::text[], $12::int[], $13::int[]) as o (code, days, minutes)
        join ref.unit as v on v.code = o.code
        join place as q on q.unit_id = v.unit_id and q.place_id = any (p.path)) as w
      order by w.depth desc limit 1) as due_on
  from top as t join place as p on p.path[t.level_no + 1] = t.place_id
  join ref.level as l on l.level_no = p.level_no
  join ref.unit as u on u.unit_id = p.unit_id
  cross join asked as a
  left join lateral (select m.numerator, m.denominator from mart.indicator as m where m.level_no = p.level_no and m.period_key = a.period_id
    and m.indicator_key = a.indicator_key and m.cut_key = a.cut_key and m.area_key = p.place_id offset 0) as d on true
  where case when $4::text is null then p.place_id = t.place_id else l.code = $4::text end),
owing as materialized (
  select m.area_key as place_id from asked as a
  cross join lateral (select m.area_key from mart.indicator as m where m.period_key = a.period_id and m.indicator_key = a.indicator_key and m.cut_key = a.cut_key offset 0) as m
  where $6::text is not null),
-- Of each natural key that counts the day of its first submission with data. What is large is looked up row by row or tested by a hashed subplan, whatever the statistics say.
first as materialized (
  select s.unit_id, s.part_key, min(s.received_at) as received_at from asked as a join intake.submission as s on s.form_id = a.form_id and s.period_id = a.period_id
  where not s.is_retract group by s.unit_id, s.part_key),
come as materialized (
  select f.unit_id, ((f.received_at at time zone 'UTC') + a.zone)::date as day
  from asked as a cross join first as f
  cross join lateral (select c.is_retract from intake.current as c
    where c.form_id = a.form_id and c.period_id = a.period_id and c.unit_id = f.unit_id and c.part_key = f.part_key offset 0) as c
  where not c.is_retract),
counted as materialized (
  select unit_id, day, count(*) as sent from come where $6::text is null group by unit_id, day
  union all
  select unit_id, min(day), 1 from come where $6::text is not null group by unit_id),
daily as materialized (
  select p.area_id, c.day, sum(c.sent)::bigint as sent
  from counted as c cross join asked as a cross join (select min(level_no) as level_no from area) as l
  cross join lateral (select p.place_id, p.path[l.level_no + 1] as area_id from ref.place as p
    where p.unit_id = c.unit_id and p.until_version is null and p.valid_from <= a.ends_on and a.ends_on < p.valid_to offset 0) as p
  where case when p.area_id in (select r.place_id from area as r) then true else false end
    and ($6::text is null or case when p.place_id in (select o.place_id from owing as o) then true else false end)
  group by p.area_id, c.day),
span as (
  select least(a.starts_on, e.first_on) as first_on, greatest(least(a.starts_on, e.first_on),
    least(((now() at time zone 'UTC') + a.zone)::date, greatest(coalesce((select max(r.due_on) from area as r), a.ends_on), e.last_on))) as last_on
  from asked as a cross join (select min(day) as first_on, max(day) as last_on from daily) as e),
-- Every day of every area, with what came on it.
filled as (
  select x.place_id, max(x.level) as level, max(x.code) as code, max(x.name) as name, max(x.due) as due, max(x.due_on) as due_on, x.day, sum(x.sent)::bigint as sent
  from (
    select r.place_id, r.level, r.code, r.name, r.due, r.due_on, g.day::date as day, 0 as sent
    from area as r cross join span as s cross join generate_series(s.first_on::timestamp, s.last_on::timestamp, interval '1 day') as g (day)
    where r.due is not null or case when r.place_id in (select d.area_id from daily as d) then true else false end
    union all
    select d.area_id, null, null, null, null, null, d.day, d.sent from daily as d) as x
  group by x.place_id, x.day),
running as (
  select f.level, f.code, f.name as area, f.day, f.due_on - f.day as days_left, f.sent, sum(f.sent) over (partition by f.place_id order by f.day) as total, f.due
  from filled as f)
select level, code, area, day, days_left, sent, total, due, round(100.0 * total / nullif(due, 0), 1) as percent,
  case when days_left > 0 then ceil(greatest(due - total, 0)::numeric / days_left) end as needed_a_day
from running
order by area, code, day
