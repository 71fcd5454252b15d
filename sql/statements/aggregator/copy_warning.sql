copy intake.warning (submission_key, unit_id, rule_id, pointer) from stdin (format binary)
