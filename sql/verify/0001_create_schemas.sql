-- Fails unless 0001_create_schemas.sql did what it says: names, types, constraints, indexes, comments. Later migrations and the catalogue may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.name, ', ') into missing
  from (values
    ('control'), ('ref'), ('intake'), ('core'), ('mart'), ('desk'), ('archive'), ('pub'), ('sec')
  ) e (name)
  where obj_description(to_regnamespace(e.name), 'pg_namespace') is null and e.name <> 'control';
  if missing is not null then
    raise exception 'schemas missing or without comment: %', missing;
  end if;
  if to_regnamespace('control') is null then
    raise exception 'schema control is missing';
  end if;
  if not exists (select from pg_extension where extname = 'btree_gist' and extnamespace = 'ref'::regnamespace) then
    raise exception 'extension btree_gist is not in schema ref';
  end if;
end
$$;
