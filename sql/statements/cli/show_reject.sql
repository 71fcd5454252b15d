select outcome, code, cause, pointer, message, faults, registry_version,
  to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  case when settled_at is not null then format('%s at %s', case settled_outcome when 'a' then 'accepted' when 's' then 'superseded' when 'd' then 'duplicate' else 'rejected' end,
    to_char(settled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end,
  settled_code, replayed_at_offset::text, record_key, raw
from intake.held where log_no = $1::smallint and part = $2::smallint and kafka_offset = $3::bigint
