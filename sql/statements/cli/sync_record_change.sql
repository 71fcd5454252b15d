insert into control.registry_change (source, kind, state, applied_version, changed_count) values ('catalogue', 'db migrate', 'applied', $1::bigint, $2::int)
