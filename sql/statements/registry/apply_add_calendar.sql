insert into ref.calendar (area_unit_id, attribute, code, code_number, since_version)
values ($1::int, $2::text, $3::text, $4::smallint, $5::bigint) returning calendar_id
