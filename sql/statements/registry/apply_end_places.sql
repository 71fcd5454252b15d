update ref.place p set until_version = $3::bigint
from unnest($1::int[], $2::bigint[]) as t (place_id, since_version)
where p.place_id = t.place_id and p.since_version = t.since_version and p.until_version is null
