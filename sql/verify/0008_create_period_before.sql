-- Fails unless 0008_create_period_before.sql did what it says.
do $$
declare
  missing text;
begin
  select string_agg(e.name, ', ') into missing
  from (values ('period_id', 'integer'), ('kind', 'text'), ('ends_on', 'date'), ('before_id', 'integer'), ('before_starts_on', 'date'), ('before_ends_on', 'date')) e (name, type)
  left join pg_attribute a on a.attrelid = to_regclass('ref.period_before') and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or col_description(a.attrelid, a.attnum) is null;
  if missing is not null then
    raise exception 'columns missing, of another type or without comment: %', missing;
  end if;
  if obj_description(to_regclass('ref.period_before'), 'pg_class') is null then
    raise exception 'ref.period_before has no comment';
  end if;
end
$$;
