-- What was set aside is tried again: what it failed by may be gone.
insert into control.dirty (lane, form_id, period_id, unit_id) select lane, form_id, period_id, unit_id from control.dirty_failed order by 1, 2, 3, 4
