update ref.unit_code c set until_version = $5::bigint
from unnest($1::text[], $2::text[], $3::date[], $4::bigint[]) as t (scheme, code, valid_from, since_version)
where c.scheme = t.scheme and c.code = t.code and c.valid_from = t.valid_from and c.since_version = t.since_version
