select count(*) as leaves, count(distinct lane) as lanes, coalesce(round(extract(epoch from now() - min(added_at)), 1), 0) as oldest_seconds,
  (select count(*) from control.dirty_failed) as failed
from control.dirty
