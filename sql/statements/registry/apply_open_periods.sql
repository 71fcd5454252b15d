-- Open leaf periods for a form: from now on its submissions are owed. Every lane gets its dirty row. $1 form, $2 periods, $3 level at which the form starts, $4 version.
with opened as (
  insert into ref.period_opening (form_id, period_id, opened_at, since_version)
  select $1::smallint, t.period_id, now(), $4::bigint from unnest($2::int[]) as t (period_id)
  on conflict (form_id, period_id) do nothing
  returning period_id),
dirtied as (
  insert into control.dirty (lane, form_id, period_id, unit_id)
  select distinct a.lane, $1::smallint, o.period_id, 0 from opened o join ref.place a on a.level_no = least($3::smallint, 1))
select count(*) from opened
