update control.alarm set cleared_at = now()
where starts_with(alarm_key, 'aggregator') and cleared_at is null and seen_at < now() - interval '1 hour'
