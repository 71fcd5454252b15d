insert into mart.dim_cut (cut_key, dimension, member, name)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[])
on conflict (cut_key) do update set name = excluded.name where dim_cut.name <> excluded.name
