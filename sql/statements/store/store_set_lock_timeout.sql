SELECT set_config('lock_timeout', $1::bigint::text, false)
