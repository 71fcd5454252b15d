delete from control.dirty where lane = $1::int and dirty_id = any ($2::bigint[])
