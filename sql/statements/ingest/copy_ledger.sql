copy intake.ledger (log_no, part, kafka_offset, received_at, outcome, code, submission_key, byte_count, sha256) from stdin (format binary)
