-- Why indicator $1 has no values for period $2, area $3 (null: the country), level $4 and cut $5: the first reason, with what there is; or null.
with recursive documents as materialized (select path, body::jsonb as body from ref.catalogue_document where until_version is null),
declared as (select body from documents where path like 'indicators/%' and body ->> 'code' = $1::text),
period as (select period_key, kind from mart.dim_period where code = $2::text),
kinds as (select string_agg(distinct k, ', ') as list from declared, jsonb_array_elements_text(body -> 'periods') as k),
cuts as (
  select string_agg(distinct k, ', ') as list from declared, jsonb_array_elements_text(coalesce(body -> 'cuts', '[]')) as k),
day_cuts as (
  select string_agg(distinct k, ', ') as list from declared, jsonb_array_elements_text(coalesce(body -> 'day_cuts', '[]')) as k),
top as (select min(level_no) as level_no, min(level_code) as level_code from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end),
levels as (select string_agg(l.code, ', ' order by l.level_no) as list from ref.level as l, top where l.level_no >= top.level_no),
-- What it rests on, through what it is derived from; coverage and timeliness rest on every form that is owed.
sources as (
  select body from declared
  union
  select d.body from sources as s cross join jsonb_path_query(s.body, '$.values.*.indicator') as v (code)
  join documents as d on d.path like 'indicators/%' and d.body ->> 'code' = v.code #>> '{}'),
forms as (
  select distinct n.number as form_id, n.code, f.body ->> 'period_kind' as kind
  from documents as f join ref.catalogue_number as n on n.kind = 'form' and n.code = f.body ->> 'code'
  where f.path like 'forms/%' and coalesce(f.body ->> 'owed', 'true') <> 'false'
    and exists (select from sources as s where coalesce(s.body ->> 'form', n.code) = n.code and not s.body ? 'values')),
leaves as (
  select f.form_id, f.code, q.period_id, q.code as period, q.starts_on, o.period_id is not null as is_open
  from forms as f cross join period as p
  join ref.period_within as w on w.period_id = p.period_key
  join ref.period as q on q.period_id = w.leaf_period_id and q.kind = f.kind
  left join ref.period_opening as o on o.form_id = f.form_id and o.period_id = q.period_id),
closed as (
  select l.code, (array_agg(l.period order by l.starts_on))[1] || case when count(*) > 1 then '..' || (array_agg(l.period order by l.starts_on desc))[1] else '' end as range,
    min(l.starts_on) as starts_on, sum((select count(*) from intake.current as c where c.form_id = l.form_id and c.period_id = l.period_id and not c.is_retract)) as sent
  from leaves as l group by l.code having not bool_or(l.is_open)),
excused as (
  select u.code, q.code as day, d.kind, d.reason
  from period as p
  join ref.period as q on q.period_id = p.period_key and q.kind = 'day'
  join ref.unit as u on case when $3::text is null then u.level_no = 0 else u.code = $3::text end
  join ref.place as l on l.unit_id = u.unit_id and l.until_version is null and l.valid_from <= q.starts_on and q.starts_on < l.valid_to
  join ref.calendar_closed_day as d on d.calendar_id = l.calendar_id and d.on_date = q.starts_on and d.until_version is null
  where exists (
    select from forms as f join documents as o on o.path like 'forms/%' and o.body ->> 'code' = f.code where o.body ->> 'school_days_only' = 'true')),
waiting as (select count(*) as number from leaves as l join control.dirty as d on d.form_id = l.form_id and d.period_id = l.period_id)
select case
  when not exists (select from mart.dim_indicator where code = $1::text) then format('there is no indicator %s; `emis indicator list` prints the codes', $1::text)
  when not exists (select from period) then format('there is no period %s; `emis calendar show` prints what there is', $2::text)
  when $3::text is not null and not exists (select from mart.dim_area where unit_code = $3::text) then format('there is no area %s; `emis indicator get --indicator %s --period %s --level LEVEL` prints the codes of a level', $3::text, $1::text, $2::text)
  when $4::text is not null and not exists (select from ref.level where code = $4::text)
    then format('there is no level %s; there are: %s', $4::text, (select string_agg(code, ', ' order by level_no) from ref.level))
  when $5::text is not null and not exists (select from mart.dim_cut where dimension = $5::text)
    then format('there is no cut %s; %s has: %s', $5::text, $1::text, coalesce((select list from cuts), 'none'))
  when (select kind from period) <> all (string_to_array((select list from kinds), ', '))
    then format('%s is not kept for a %s such as %s; it is for: %s', $1::text, (select kind from period), $2::text, (select list from kinds))
  when $5::text is not null and $5::text <> all (string_to_array(coalesce((select list from cuts), ''), ', '))
    then format('%s is not cut by %s; it is by: %s', $1::text, $5::text, coalesce((select list from cuts), 'nothing'))
  when $5::text is not null and (select kind from period) in ('day', 'week') and $5::text <> all (string_to_array(coalesce((select list from day_cuts), ''), ', '))
    then format('%s is cut by %s from the month on; for days and weeks of single schools it is by: %s', $1::text, $5::text, coalesce((select list from day_cuts), 'nothing'))
  when $4::text is not null and (select level_no from ref.level where code = $4::text) < (select level_no from top)
    then format('%s is a %s: level %s is above it; from there down there are: %s', coalesce($3::text, 'the country'), (select level_code from top), $4::text, (select list from levels))
  -- Coverage has values as soon as one form is open.
  when exists (select from closed) and ((select body ->> 'class' from declared limit 1) not in ('coverage', 'ontime', 'filled', 'clean') or not exists (select from leaves where is_open))
    then (select format('%s has no values there: %s is not open for %s%s%s; %s', $1::text, c.range,
        case when (select body ->> 'class' from declared limit 1) in ('coverage', 'ontime', 'filled', 'clean') then 'any form, such as ' else '' end, c.code,
        case when c.sent > 0 then format(', though submissions came (%s)', c.sent) else '' end,
        case when c.starts_on > current_date then format('it begins on %s and opens then by itself, unless [aggregate] open_periods is manual', c.starts_on)
          else format('`emis period open %s %s` opens it: from then on it is owed, and what was sent counts', c.code, c.range) end)
      from closed as c order by c.sent desc, c.code limit 1)
  when (select number from waiting) > 0
    then format('%s has no values there yet: %s changes wait for emis-aggregator; `emis status` shows whether it runs', $1::text, (select number from waiting))
  when exists (select from excused)
    then (select format('%s has no values there: %s is closed on %s (%s), so that nothing is owed; `emis calendar show` prints such days', $1::text, e.code, e.day,
        case when e.kind = e.reason then e.kind else e.kind || ': ' || e.reason end) from excused as e limit 1)
end
