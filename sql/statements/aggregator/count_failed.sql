select count(*) from control.dirty_failed
