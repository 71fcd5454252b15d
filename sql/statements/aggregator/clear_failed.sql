-- What was refreshed is no longer failed, unless a rule failed just now. $1 lane, $2 forms, $3 periods, $4 units (0: every unit of the period).
delete from control.dirty_failed f
using unnest($2::smallint[], $3::int[], $4::int[]) as t (form_id, period_id, unit_id)
where f.lane = $1::int and f.form_id = t.form_id and f.period_id = t.period_id and (t.unit_id = 0 or f.unit_id = t.unit_id) and f.failed_at < now()
