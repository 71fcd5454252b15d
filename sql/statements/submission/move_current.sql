update intake.current c
set submission_key = t.submission_key, revision = t.revision, is_retract = t.is_retract, is_late = t.is_late, content_sha256 = t.content_sha256
from unnest($1::smallint[], $2::int[], $3::int[], $4::text[], $5::bigint[], $6::int[], $7::bool[], $8::bool[], $9::bytea[])
  as t (form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256)
where c.form_id = t.form_id and c.period_id = t.period_id and c.unit_id = t.unit_id and c.part_key = t.part_key and (c.revision < t.revision or c.submission_key = t.submission_key)
