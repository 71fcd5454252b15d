copy intake.held (log_no, part, kafka_offset, outcome, code, cause, pointer, message, faults, registry_version, received_at, recorded_at,
  record_key, headers, raw) from stdin (format binary)
