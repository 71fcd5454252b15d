-- The names of these places in other languages.
select l.place_id, l.name
from ref.place_label l join ref.place p using (place_id)
where p.until_version is null and p.level_no > 0
  and case when $1::date is null then p.valid_to = 'infinity' else p.valid_from <= $1::date and $1::date < p.valid_to end
order by l.place_id, l.language
