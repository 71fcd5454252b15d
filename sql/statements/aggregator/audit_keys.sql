-- Every (form, leaf period) that is opened or has submissions; an index probe each.
with recursive key as (
  (select c.form_id, c.period_id from intake.current c order by c.form_id, c.period_id limit 1)
  union all
  select n.form_id, n.period_id
  from key k cross join lateral (
    select c.form_id, c.period_id from intake.current c where (c.form_id, c.period_id) > (k.form_id, k.period_id) order by c.form_id, c.period_id limit 1) n)
select form_id, period_id from key
union
select form_id, period_id from ref.period_opening
order by form_id, period_id
