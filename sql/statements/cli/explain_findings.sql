-- What of the things asked for does not exist; null: all do.
select case
  when $1::text is not null and not exists (select from ref.catalogue_number as n join ref.rule_text as t on t.rule_id = n.number where n.kind = 'rule' and n.code = $1::text)
    then format('there is no rule %s that looks at more than one submission', $1::text)
  when $2::text is not null and not exists (select from ref.unit where code = $2::text) then format('there is no school or area %s', $2::text)
  when $3::text is not null and not exists (select from ref.period where code = $3::text) then format('there is no period %s', $3::text)
  when $4::text is not null and not exists (select from ref.rule_text where language = $4::text) then format('there are no labels in the language %s', $4::text) end as what
