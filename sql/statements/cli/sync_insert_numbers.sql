insert into ref.catalogue_number (kind, code, number) select * from unnest($1::text[], $2::text[], $3::smallint[])
