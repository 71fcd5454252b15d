-- Each standing place follows the calendar of its nearest area that has one: the row ends, and the same place stands on under version $1.
-- Which place of the path stands is asked in words that the index of standing places does not know: without statistics, as after an import, each look-up read all of it (11 s for 3,000 places).
with nearest as materialized (
  select p.place_id, p.since_version, (
    select c.calendar_id
    from unnest(p.path) with ordinality as a (place_id, depth)
    cross join lateral (select q.unit_id from ref.place q where q.place_id = a.place_id and coalesce(q.until_version, 0) = 0 offset 0) q
    cross join lateral (select c.calendar_id from ref.calendar c where c.area_unit_id = q.unit_id and c.until_version is null offset 0) c
    order by a.depth desc limit 1) as calendar_id
  from ref.place p where p.until_version is null),
ended as (
  update ref.place p set until_version = $1::bigint
  from nearest n
  where n.place_id = p.place_id and n.since_version = p.since_version and p.calendar_id is distinct from n.calendar_id
  returning p.place_id, p.since_version, n.calendar_id)
insert into ref.place
select r.*
from ended e
join ref.place p on p.place_id = e.place_id and p.since_version = e.since_version
cross join lateral jsonb_populate_record(p, jsonb_build_object('calendar_id', e.calendar_id, 'since_version', $1::bigint, 'until_version', null)) r
