update control.alarm set cleared_at = now()
where alarm_key = 'dirty_failed' and cleared_at is null and not exists (select from control.dirty_failed)
