-- Fails unless 0012_index_submission_leaf.sql did what it says.
do $$
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  if (select pg_get_indexdef(to_regclass('intake.submission_period_id_unit_id_idx')))
     is distinct from 'CREATE INDEX submission_period_id_unit_id_idx ON intake.submission USING btree (period_id, unit_id)'
  then
    raise exception 'intake.submission has no index by period and unit';
  end if;
end
$$;
