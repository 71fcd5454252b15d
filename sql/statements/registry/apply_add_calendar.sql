insert into ref.calendar (area_unit_id, since_version) values ($1::int, $2::bigint) returning calendar_id
