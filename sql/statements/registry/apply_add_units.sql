insert into ref.unit (code, level_no, since_version)
select code, level_no, $3::bigint from unnest($1::text[], $2::smallint[]) as t (code, level_no)
returning unit_id, code
