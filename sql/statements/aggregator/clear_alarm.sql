update control.alarm set cleared_at = now() where alarm_key = $1::text and cleared_at is null
