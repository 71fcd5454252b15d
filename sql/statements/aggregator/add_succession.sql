insert into ref.unit_succession (from_unit_id, to_unit_id, kind, weight_percent, effective_on, since_version)
select a.unit_id, b.unit_id, $3::text, $4::smallint, $5::date, $6::bigint
from ref.unit a, ref.unit b where a.code = $1::text and b.code = $2::text
