insert into ref.unit_code (scheme, code, unit_id, valid_from, valid_to, since_version)
select scheme, code, unit_id, valid_from, valid_to, $6::bigint
from unnest($1::text[], $2::text[], $3::int[], $4::date[], $5::date[]) as t (scheme, code, unit_id, valid_from, valid_to)
