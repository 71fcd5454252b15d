-- Those of these codes that no unit has.
select distinct a.code from unnest($1::text[]) as a (code) where not exists (select from ref.unit as u where u.code = a.code) order by a.code
