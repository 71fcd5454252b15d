insert into ref.level (level_no, code) select * from unnest($1::smallint[], $2::text[]) on conflict (level_no) do nothing
