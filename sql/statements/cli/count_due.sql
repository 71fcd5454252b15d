-- How many units something is due of; the parameters are those of list_missing, and a level that is not there makes it none.
select count(*)
from ref.period as p
cross join mart.dim_indicator as i
cross join mart.dim_cut as c
cross join lateral (select m.area_key, m.numerator from mart.indicator as m
  where m.level_no = $7::smallint and m.period_key = p.period_id and m.indicator_key = i.indicator_key and m.cut_key = c.cut_key offset 0) as m
join ref.place as l on l.place_id = m.area_key and l.until_version is null
where p.code = $2::text and i.code = $5::text and case when $6::text is null then c.cut_key = 0 and m.numerator > 0 else c.dimension = 'form' and c.member = $6::text end
  and $1::text is not null
  and ($4::text is null or exists (select from ref.level where code = $4::text))
  and ($3::text is null or exists (select from ref.place as a join ref.unit as u using (unit_id) where a.place_id = any (l.path) and u.code = $3::text))
