-- Session limits in milliseconds; 0 means none.
SELECT set_config('statement_timeout', $1::bigint::text, false),
       set_config('lock_timeout', $2::bigint::text, false),
       set_config('idle_in_transaction_session_timeout', $3::bigint::text, false)
