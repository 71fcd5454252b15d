select dirty_id, form_id, period_id, unit_id, added_at from control.dirty where lane = $1::int order by dirty_id limit $2::int
