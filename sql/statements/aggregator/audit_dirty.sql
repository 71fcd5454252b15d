-- Leaves that are about to change, or that could not be refreshed.
select lane, form_id, unit_id from control.dirty
union
select lane, form_id, unit_id from control.dirty_failed
