-- A plan made when the tables were empty must not outlive their growth: planning costs a fraction of a millisecond a batch.
select set_config('plan_cache_mode', 'force_custom_plan', false),
  -- a backend whose worker was killed in the middle of a statement ends soon, and frees its locks
  set_config('client_connection_check_interval', '2s', false)
