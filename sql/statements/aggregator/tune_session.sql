-- Sorting and hashing a lane's cells in memory; plans too short for compiling; no scans of whole tables: a plan made while a table was empty, or had no statistics, must not scan it when it has
-- grown (measured: ten minutes for a refresh of 700 schools instead of one second).
select set_config('work_mem', '32MB', false), set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false),
  -- a backend whose worker was killed in the middle of a statement ends soon, and frees its locks
  set_config('client_connection_check_interval', '2s', false)
