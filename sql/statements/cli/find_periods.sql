-- The periods of a kind from one code to another, with their first days.
select p.period_id, p.starts_on from ref.period as p
where p.kind = $1::text
  and p.starts_on between (select starts_on from ref.period where kind = $1::text and code = $2::text)
                      and (select starts_on from ref.period where kind = $1::text and code = $3::text)
  and (p.code = $2::text or $2::text <> $3::text) -- two campaigns may begin on one day
order by p.starts_on
