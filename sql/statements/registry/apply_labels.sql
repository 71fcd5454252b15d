-- Labels of the places that stand.
select l.place_id, l.language, l.name
from ref.place_label l
where exists (select from ref.place p where p.place_id = l.place_id and p.until_version is null)
order by l.place_id, l.language
