-- The periods of a kind from one code to another.
select p.period_id from ref.period as p
where p.kind = $1::text
  and p.starts_on between (select starts_on from ref.period where kind = $1::text and code = $2::text)
                      and (select starts_on from ref.period where kind = $1::text and code = $3::text)
order by p.starts_on
