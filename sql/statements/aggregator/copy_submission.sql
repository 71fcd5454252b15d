copy intake.submission (submission_key, submission_id, form_id, form_version, period_id, unit_id, part_key, revision, is_retract, is_late,
  content_sha256, received_at, submitted_at, sender, late_reason, log_no, part, kafka_offset) from stdin (format binary)
