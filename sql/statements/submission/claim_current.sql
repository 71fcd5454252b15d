insert into intake.current as c
  (form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256)
select form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256
from unnest($1::smallint[], $2::int[], $3::int[], $4::text[], $5::bigint[], $6::int[], $7::bool[], $8::bool[], $9::bytea[])
  as t (form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256)
order by form_id, period_id, unit_id, part_key
on conflict (form_id, period_id, unit_id, part_key) do update set revision = c.revision
returning form_id, period_id, unit_id, part_key, submission_key, revision, is_retract, is_late, content_sha256
