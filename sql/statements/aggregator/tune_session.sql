-- Sorting and hashing a lane's cells in memory; its plans are too short for compiling.
select set_config('work_mem', '32MB', false), set_config('jit', 'off', false)
