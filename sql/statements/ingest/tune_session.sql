-- A plan made when the tables were empty must not outlive their growth: planning costs a fraction of a millisecond a batch.
select set_config('plan_cache_mode', 'force_custom_plan', false)
