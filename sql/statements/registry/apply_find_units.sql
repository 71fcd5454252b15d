select code, unit_id from ref.unit where code = any ($1::text[])
