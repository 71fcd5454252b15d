-- Periods of a kind that began between $3 and $4 and are not open for form $1.
select q.period_id from ref.period q
where q.kind = $2::text and q.starts_on between $3::date and $4::date
  and not exists (select from ref.period_opening o where o.form_id = $1::smallint and o.period_id = q.period_id)
order by q.period_id
