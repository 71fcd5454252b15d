select worker_name as worker, program, version, state, round(extract(epoch from now() - seen_at), 1) as seen_seconds, seen_at > now() - interval '30 s' as is_alive, metrics_port
from control.worker where seen_at > now() - interval '1 day' order by program, worker_name
