-- The rows of one level that a failed leaf would have changed say so. $1 and $2 leaves, $3 lane, $4 indicators, $5 the failed form: what reporting shows of other forms stays.
update mart./* level */_indicator m set status = 'break', computed_at = now()
from (
  select distinct w.period_id, p.path[p2.level_no + 1] as area_key
  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id)
  join ref.period_within w on w.leaf_period_id = t.leaf_id
  join ref.place p on p.unit_id = t.unit_id and p.lane = $3::int
  join ref.level p2 on p2.code = '/* level */' and p2.level_no <= p.level_no) s
where m.period_key = s.period_id and m.area_key = s.area_key and m.indicator_key = any ($4::smallint[]) and m.status <> 'break'
  and m.cut_key not in (
    select d.number * 1000 + f.number from ref.catalogue_number d join ref.catalogue_number f on f.kind = 'form' and f.number <> $5::smallint
    where d.kind = 'dimension' and d.code = 'form')
