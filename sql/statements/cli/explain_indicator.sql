-- Why indicator $1 has no values for period $2, area $3 (null: the country), level $4 and cut $5: the first reason, with what there is; or null.
with declared as (
  select body::jsonb as body from ref.catalogue_document where until_version is null and path like 'indicators/%' and body::jsonb ->> 'code' = $1::text),
period as (select kind from mart.dim_period where code = $2::text),
kinds as (select string_agg(distinct k, ', ') as list from declared, jsonb_array_elements_text(body -> 'periods') as k),
cuts as (
  select string_agg(distinct k, ', ') as list from declared, jsonb_array_elements_text(coalesce(body -> 'cuts', '[]')) as k),
top as (select min(level_no) as level_no, min(level_code) as level_code from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end),
levels as (select string_agg(l.code, ', ' order by l.level_no) as list from ref.level as l, top where l.level_no >= top.level_no)
select case
  when not exists (select from mart.dim_indicator where code = $1::text) then format('there is no indicator %s; `emis indicator list` prints the codes', $1::text)
  when not exists (select from period) then format('there is no period %s; `emis calendar show` prints what there is', $2::text)
  when $3::text is not null and not exists (select from mart.dim_area where unit_code = $3::text) then format('there is no area %s; `emis indicator get --level LEVEL` prints the codes of a level', $3::text)
  when $4::text is not null and not exists (select from ref.level where code = $4::text)
    then format('there is no level %s; there are: %s', $4::text, (select string_agg(code, ', ' order by level_no) from ref.level))
  when $5::text is not null and not exists (select from mart.dim_cut where dimension = $5::text)
    then format('there is no cut %s; %s has: %s', $5::text, $1::text, coalesce((select list from cuts), 'none'))
  when (select kind from period) <> all (string_to_array((select list from kinds), ', '))
    then format('%s is not kept for a %s such as %s; it is for: %s', $1::text, (select kind from period), $2::text, (select list from kinds))
  when $5::text is not null and $5::text <> all (string_to_array(coalesce((select list from cuts), ''), ', '))
    then format('%s is not cut by %s; it is by: %s', $1::text, $5::text, coalesce((select list from cuts), 'nothing'))
  when $4::text is not null and (select level_no from ref.level where code = $4::text) < (select level_no from top)
    then format('%s is a %s: level %s is above it; from there down there are: %s', coalesce($3::text, 'the country'), (select level_code from top), $4::text, (select list from levels))
end
