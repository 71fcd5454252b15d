-- The standing rows of these codes.
select c.scheme, c.code, c.unit_id, c.valid_from, c.valid_to, c.since_version
from (select distinct scheme, code from unnest($1::text[], $2::text[]) as t (scheme, code)) w
join ref.unit_code c on c.scheme = w.scheme and c.code = w.code
where c.until_version is null
