insert into mart.dim_indicator_label (indicator_key, language, name) values ($1::smallint, $2::text, $3::text)
on conflict (indicator_key, language) do update set name = excluded.name
