-- Why nothing of indicator $1 is back-cast for period $2 (null: any) and area $3 (null: the country), level $4 and cut $5: the first reason, with what there is.
with stored as materialized (
  select p.kind, (array_agg(p.code order by p.starts_on))[1] || '..' || (array_agg(p.code order by p.starts_on desc))[1] as range
  from mart.backcast as b join mart.dim_indicator as i on i.indicator_key = b.indicator_key join mart.dim_period as p on p.period_key = b.period_key
  where i.code = $1::text group by p.kind)
select case
  when not exists (select from mart.dim_indicator where code = $1::text) then format('there is no indicator %s; `emis indicator list` prints the codes', $1::text)
  when $2::text is not null and not exists (select from mart.dim_period where code = $2::text) then format('there is no period %s; `emis calendar show` prints what there is', $2::text)
  when $3::text is not null and not exists (select from mart.dim_area where unit_code = $3::text) then format('there is no area %s', $3::text)
  when $4::text is not null and not exists (select from ref.level where code = $4::text)
    then format('there is no level %s; there are: %s', $4::text, (select string_agg(code, ', ' order by level_no) from ref.level))
  when $5::text is not null and not exists (select from mart.dim_cut where dimension = $5::text) then format('there is no cut %s', $5::text)
  when not exists (select from stored) then format('nothing of %1$s is back-cast; `emis indicator backcast %1$s --from PERIOD` does it, where its definition has changed', $1::text)
  else format('nothing of %s is back-cast there; it is for %s', $1::text, (select string_agg(range, ', ' order by kind) from stored))
end
