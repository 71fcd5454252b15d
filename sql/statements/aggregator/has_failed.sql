select exists (select from control.dirty_failed where lane = $1::int)
