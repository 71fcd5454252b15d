-- Large arrays need a plan of their own; for the transaction.
select set_config('plan_cache_mode', 'force_custom_plan', true)
