copy control.dirty (lane, form_id, period_id, unit_id) from stdin (format binary)
