select nextval(pg_get_serial_sequence('ref.place', 'place_id'))::int from generate_series(1, $1::int)
