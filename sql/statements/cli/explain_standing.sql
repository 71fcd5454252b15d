-- Why nothing below area $3 (null: the country) has a standing in indicator $1 in period $2: the first reason that is the standings' own; or null.
with indicator as (
  select bool_or(body::jsonb ? 'rank' or body::jsonb ? 'bands') as is_compared, bool_or(body::jsonb ->> 'class' in ('coverage', 'ontime', 'filled', 'clean')) as has_no_total
  from ref.catalogue_document where until_version is null and path like 'indicators/%' and body::jsonb ->> 'code' = $1::text),
top as (select area_key, level_code from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end)
select case
  when (select kind from mart.dim_period where code = $2::text) in ('day', 'week')
    then format('%s is a %s: areas are compared for a month and longer periods', $2::text, (select kind from mart.dim_period where code = $2::text))
  when (select has_no_total from indicator) then format('%s is not compared: it has no total, only values by form', $1::text)
  when exists (select from top) and not exists (select from mart.dim_area as a join top as t on a.parent_area_key = t.area_key)
    then format('%s is a %s: nothing lies below it that could be compared', coalesce($3::text, 'the country'), (select min(level_code) from top))
  when not (select is_compared from indicator)
    then format('%s is neither ranked nor in bands (`emis catalogue show %s`), and no target for it counts there (`emis target list`)', $1::text, $1::text)
end
