-- Leaves that are about to change, or that could not be refreshed; is_rule: only the rules could not.
select lane, form_id, unit_id, false as is_rule from control.dirty
union
select lane, form_id, unit_id, starts_with(statement, 'refresh_cross_') from control.dirty_failed
