-- Purpose:    the submissions against the facts: each submission with data has exactly one row in the table of each group of one row that its version of the form has.
-- Parameters: none.
-- Returns:    one row per form version and such a group.
-- Writes:     nothing. Runs as its owner: who may not read facts may still count what is wrong with them.
create or replace function control.check_missing_facts()
  returns table (relation text, form_version smallint, missing_count bigint)
  language plpgsql stable security definer set search_path = pg_catalog set work_mem = '64MB'
as $$
declare
  form smallint;
begin
  for relation, form, form_version in
    select lower(d.body ->> 'code') || '_' || (g.item ->> 'code'), n.number, (d.body ->> 'version')::smallint
    from (select c.path, c.body::jsonb as body from ref.catalogue_document as c where c.until_version is null and c.path like 'forms/%') as d
    cross join jsonb_array_elements(d.body -> 'groups') as g (item)
    join ref.catalogue_number as n on n.kind = 'form' and n.code = d.body ->> 'code'
    where g.item ->> 'rows' = 'one'
    order by 1, 3
  loop
    execute format('select count(*) from intake.submission as s where s.form_id = %s and s.form_version = %s and not s.is_retract '
      'and not exists (select from core.%I as f where f.submission_key = s.submission_key and f.unit_id = s.unit_id)', form, form_version, relation)
      into missing_count;
    return next;
  end loop;
end
$$;
comment on function control.check_missing_facts() is 'Submissions with data whose row is missing in the table of a group of one row, per form version and group: all must be 0.';
