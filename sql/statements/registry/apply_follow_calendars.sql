-- Each standing place ($2), or each that version $1 brought (not $2), follows the calendar that is its: that of its nearest area that has one, there the one of its attribute before the
-- plain one, with the exceptions of its days, of which the nearest unit's holds. A calendar with just these exceptions is made where there is none. Rows from before version $1 end, and the
-- same place stands on under it.
-- Which place of the path stands is asked in words that the index of standing places does not know: without statistics, as after an import, each look-up read all of it (11 s for 3,000 places).
with place as materialized (
  select p.place_id, p.since_version, p.calendar_id, p.path, p.valid_from, p.valid_to, (
    select c.calendar_id
    from unnest(p.path) with ordinality as a (place_id, depth)
    cross join lateral (select q.unit_id from ref.place q where q.place_id = a.place_id and coalesce(q.until_version, 0) = 0 offset 0) q
    cross join lateral (
      select c.calendar_id, c.attribute from ref.calendar c
      where c.area_unit_id = q.unit_id and c.until_version is null
        and case when c.attribute is null then true else (to_jsonb(p) ->> c.attribute)::smallint = c.code_number end offset 0) c
    order by a.depth desc, c.attribute nulls last limit 1) as base_id
  from ref.place p
  where p.until_version is null and ($2::bool or p.since_version = $1::bigint) and exists (
    select from ref.calendar c where c.until_version is null union all select from ref.calendar_exception x where x.until_version is null)),
exceptional as materialized (
  select q.place_id, q.level_no, x.on_date, case when x.kind = 'closed' then x.reason end as reason
  from ref.calendar_exception x join ref.place q on q.unit_id = x.unit_id and q.until_version is null
  where x.until_version is null and q.valid_from <= x.on_date and x.on_date < q.valid_to),
below as materialized (
  select p.place_id, p.valid_from, p.valid_to, a.place_id as step_id
  from place p cross join lateral unnest(p.path) as a (place_id)
  where case when a.place_id in (select x.place_id from exceptional x) then true else false end),
nearest as materialized (
  select distinct on (b.place_id, x.on_date) b.place_id, x.on_date, x.reason
  from below b join exceptional x on x.place_id = b.step_id and b.valid_from <= x.on_date and x.on_date < b.valid_to
  order by b.place_id, x.on_date, x.level_no desc),
wanted as materialized (
  select p.place_id, p.since_version, p.calendar_id, p.base_id, x.exceptions
  from place p
  left join (select n.place_id, jsonb_object_agg(n.on_date, n.reason) as exceptions from nearest n group by n.place_id) x on x.place_id = p.place_id),
known as materialized (
  select c.calendar_id, c.base_calendar_id as base_id, c.exceptions from ref.calendar c where c.exceptions is not null and c.until_version is null),
made as (
  insert into ref.calendar (base_calendar_id, exceptions, since_version)
  select distinct w.base_id, w.exceptions, $1::bigint
  from wanted w
  where w.exceptions is not null and not exists (select from known k where k.exceptions = w.exceptions and k.base_id is not distinct from w.base_id)
  returning calendar_id, base_calendar_id as base_id, exceptions),
follow as materialized (
  select w.place_id, w.since_version, w.calendar_id as last_id, case when w.exceptions is null then w.base_id else k.calendar_id end as calendar_id
  from wanted w
  left join (select k.* from known k union all select m.* from made m) k on k.exceptions = w.exceptions and k.base_id is not distinct from w.base_id),
moved as (
  update ref.place p set calendar_id = f.calendar_id
  from follow f
  where f.since_version = $1::bigint and p.place_id = f.place_id and p.since_version = $1::bigint and f.last_id is distinct from f.calendar_id),
ended as (
  update ref.place p set until_version = $1::bigint
  from follow f
  where f.since_version < $1::bigint and p.place_id = f.place_id and p.since_version = f.since_version and f.last_id is distinct from f.calendar_id
  returning p.place_id, p.since_version, f.calendar_id)
insert into ref.place
select r.*
from ended e
join ref.place p on p.place_id = e.place_id and p.since_version = e.since_version
cross join lateral jsonb_populate_record(p, jsonb_build_object('calendar_id', e.calendar_id, 'since_version', $1::bigint, 'until_version', null)) r
