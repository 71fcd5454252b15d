insert into mart.dim_indicator (indicator_key, code, name, definition, unit, factor, decimals, direction, roll_up, source)
values ($1::smallint, $2::text, $3::text, $4::text, $5::text, $6::int, $7::smallint, $8::smallint, $9::text, $10::text)
on conflict (indicator_key) do update set name = excluded.name, definition = excluded.definition, unit = excluded.unit, factor = excluded.factor,
  decimals = excluded.decimals, direction = excluded.direction, roll_up = excluded.roll_up, source = excluded.source
