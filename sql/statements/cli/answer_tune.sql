-- The generated statements are planned as the aggregator plans them, whatever the statistics say: tune_session.sql there.
select set_config('work_mem', '64MB', false), set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false)
