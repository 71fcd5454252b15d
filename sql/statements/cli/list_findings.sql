-- Findings in the language $4 (null: English, or the first there is), newest first: of rule $1, of unit $2 and what lies in it, of period $3 (null: any); $5 the open ones alone; $6 how many.
select f.severity, f.rule, f.level, f.unit, f.period, f.subject, f.text, f.seen::text as seen,
  to_char(f.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as opened_at,
  to_char(f.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as seen_at,
  to_char(f.closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as closed_at
from control.finding_text as f
where f.language is not distinct from coalesce($4::text, (select t.language from ref.rule_text as t order by t.language <> 'en', t.language limit 1))
  and ($1::text is null or f.rule = $1::text)
  and ($2::text is null or exists (
    select from ref.place as p join ref.place as a on a.place_id = any (p.path) join ref.unit as u on u.unit_id = a.unit_id
    where p.unit_id = f.unit_id and u.code = $2::text))
  and ($3::text is null or f.period = $3::text)
  and (not $5::bool or f.closed_at is null)
order by f.opened_at desc, f.finding_id desc
limit $6::bigint
