-- The first thing asked for that does not exist, or null.
select case
  when not exists (select from mart.dim_indicator where code = $1::text) then format('there is no indicator %s; `emis indicator list` prints the codes', $1::text)
  when not exists (select from mart.dim_period where code = $2::text) then format('there is no period %s; `emis calendar show` prints what there is', $2::text)
  when $3::text is not null and not exists (select from mart.dim_area where unit_code = $3::text) then format('there is no area %s', $3::text)
  when $4::text is not null and not exists (select from ref.level where code = $4::text) then format('there is no level %s', $4::text)
  when $5::text is not null and not exists (select from mart.dim_cut where dimension = $5::text) then format('there is no cut %s', $5::text)
end
