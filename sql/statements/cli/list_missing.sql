-- Who has not sent what is due, with the area of level $4 that holds it (null: its own): form $1 in period $2, in area $3 (null: the country). Due is indicator $5 of the unit: its value, or
-- (form is $6: coverage) one where it owes the form.
with asked as materialized (
  select p.period_id, p.ends_on, n.number as form_id, i.indicator_key,
    (select c.cut_key from mart.dim_cut as c where case when $6::text is null then c.cut_key = 0 else c.dimension = 'form' and c.member = $6::text end) as cut_key
  from ref.period as p cross join ref.catalogue_number as n cross join mart.dim_indicator as i
  where p.code = $2::text and n.kind = 'form' and n.code = $1::text and i.code = $5::text),
top as (
  select p.place_id, p.level_no from asked as a join ref.place as p on p.until_version is null and p.valid_from <= a.ends_on and a.ends_on < p.valid_to
  join ref.unit as u using (unit_id) where case when $3::text is null then p.level_no = 0 else u.code = $3::text end),
due as (
  select p.unit_id, p.path[coalesce((select l.level_no from ref.level as l where l.code = $4::text), p.level_no - 1) + 1] as area_id, p.name,
    case when $6::text is null then m.numerator else 1 end as due, a.form_id, a.period_id
  from asked as a
  cross join lateral (select m.area_key, m.numerator from mart.indicator as m
    where m.level_no = $7::smallint and m.period_key = a.period_id and m.indicator_key = a.indicator_key and m.cut_key = a.cut_key offset 0) as m
  join ref.place as p on p.place_id = m.area_key and p.until_version is null
  join top as t on p.path[t.level_no + 1] = t.place_id),
late as (
  select d.*, case when $6::text is null then s.sent else least(s.sent, 1) end as sent
  from due as d cross join lateral (
    select count(*) as sent from intake.current as c where c.form_id = d.form_id and c.period_id = d.period_id and c.unit_id = d.unit_id and not c.is_retract offset 0) as s)
select au.code as area_code, ap.name as area, u.code, l.name, l.sent, l.due, l.due - l.sent as missing
from late as l
join ref.unit as u on u.unit_id = l.unit_id
left join ref.place as ap on ap.place_id = l.area_id and ap.until_version is null
left join ref.unit as au on au.unit_id = ap.unit_id
where l.sent < l.due
order by ap.name, au.code, u.code
