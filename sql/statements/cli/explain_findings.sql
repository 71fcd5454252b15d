-- What of the things asked for does not exist; null: all do.
select case
  when $1::text is not null and not exists (select from ref.catalogue_number as n join ref.rule_text as t on t.rule_id = n.number where n.kind = 'rule' and n.code = $1::text)
    then format('there is no rule %s that looks at more than one submission; `emis catalogue list` prints the codes', $1::text)
  when $2::text is not null and not exists (select from ref.unit where code = $2::text) then format('there is no school or area %s; mart.dim_area lists those that there are', $2::text)
  when $3::text is not null and not exists (select from ref.period where code = $3::text) then format('there is no period %s; `emis calendar show` prints what there is', $3::text)
  when $4::text is not null and not exists (select from ref.rule_text where language = $4::text) then format('there are no labels in the language %s; there are: %s', $4::text, (select string_agg(distinct language, ', ') from ref.rule_text)) end as what
