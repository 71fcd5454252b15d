-- The codes of a scheme that stand for a unit.
select distinct c.code from ref.unit_code c where c.scheme = $1::text and c.until_version is null order by c.code
